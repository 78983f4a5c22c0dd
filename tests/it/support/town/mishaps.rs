//! What went wrong, and what waits for somebody to decide.
use super::Town;
use crate::support::driver::Mishap;
use entity::{
    provisioning::{orphan, trouble},
    value::{ClusterId, InstanceTroubleId, OrphanId, PauseHolds, PauseScope, Ratio, ReportRhythm},
};
use sea_orm::{EntityTrait, IntoActiveModel};
use yumna::{
    domain::{
        Ctx,
        billing::tax_rules,
        ledger,
        provisioning::{find, follow, nodes},
        reports::{mailed, sheet::Report},
        subscriptions::automation::{self, NewPause},
    },
    kernel::{
        actor::Actor,
        alert::{Alert, raise},
        said::args,
    },
};

impl Town {
    /// A service that did not come up, an adjustment that waits, an alert.
    pub(super) async fn has_trouble(&mut self) {
        self.driver.meets("workload", Mishap::Rejected, 50);
        let placed = self.buys().await;
        self.driver.heals();
        let ctx = self.world.system();
        let contract = self.world.contract(&placed).await;
        let broken = follow::instance_of(&ctx, &contract.id).await.unwrap().unwrap();
        let task = find::last_task(&ctx.db, &broken.id).await.unwrap().unwrap();
        let staff = self.world.staff("ana");
        let waiting = ledger::adjust(&staff, &self.owner.customer_id, 40_000_000, "Ganti rugi").await.unwrap();
        let ledger::Adjusted::Waiting(approval) = waiting else { panic!("so much needs a second pair of eyes") };
        let tx = ctx.begin().await.unwrap();
        let what = Alert { code: "mail_delayed", args: args([("error", "No word for an hour".into())]), key: "town" };
        raise(&tx, ctx.now(), "test", what).await.unwrap();
        tx.commit().await.unwrap();
        let other = self.stranger.customer_id.as_str();
        let ends_at = ctx.now() + chrono::Duration::days(30);
        let rest = NewPause {
            scope: PauseScope::Customer,
            holds: PauseHolds::Everything,
            target_id: other,
            ends_at,
            reason: "Banjir",
        };
        let pause = automation::pause(&staff, rest).await.unwrap();
        let day = "2026-11-01".parse().unwrap();
        let new = ledger::NewOpening { account: "tax_payable", day, amount_minor: -1_000 };
        let left = self.leaves_behind("ins_left").await;
        self.know("orphan", left.0);
        self.has_machines().await;
        for instance in [self.id("instance"), broken.id.as_str()] {
            self.goes_wrong(instance).await;
        }
        let ahead = tax_rules::NewTaxRule {
            country_code: "ID".to_owned(),
            label: "PPN 12%".to_owned(),
            rate_percent: 12,
            base: Ratio::new(1, 1),
            valid_from: "2030-01-01".parse().unwrap(),
        };
        self.know("tax_rule", tax_rules::add(&staff, ahead).await.unwrap().id.0);
        let admin = Ctx { actor: Actor::Staff { user_id: self.staff["admin"].clone() }, ..self.world.system() };
        let mailed = mailed::subscribe(&admin, Report::Mrr, ReportRhythm::Weekly).await.unwrap();
        self.know("report_mail", mailed.id.0);
        self.know("opening", ledger::enter_opening(&staff, new).await.unwrap().id.0);
        self.know("pause", pause.id);
        self.know("broken_subscription", contract.id.0);
        self.know("broken_instance", broken.id.0);
        self.know("broken_task", task.id.0);
        self.know("approval", approval.id.0);
    }

    /// Two machines, one of which is closed and runs short of something, were seen.
    async fn has_machines(&mut self) {
        let ctx = self.world.system();
        let running = self.id("instance").to_owned();
        self.driver.joins("jkt-1", |machine| machine.instances = vec![running]);
        self.driver.joins("jkt-2", |machine| (machine.is_open, machine.pressures) = (false, vec!["memory", "disk"]));
        let cluster_id: ClusterId = self.id("cluster").into();
        nodes::run_survey_cluster(ctx.clone(), nodes::SurveyCluster { cluster_id: cluster_id.clone() }).await.unwrap();
        let rows = nodes::list(&ctx.db, &cluster_id).await.unwrap();
        for (name, row) in ["node", "closed_node"].into_iter().zip(rows) {
            self.know(name, row.id.0);
        }
    }

    /// Something is left on the cluster that nobody knows.
    pub async fn leaves_behind(&self, instance: &str) -> OrphanId {
        let ctx = self.world.system();
        self.driver.leaves_behind(instance);
        let row = orphan::Model {
            id: OrphanId::generate(),
            cluster_id: self.id("cluster").into(),
            kind: "instance".into(),
            mark: instance.to_owned(),
            place: format!("user-x/{instance}"),
            what: "1 Deployment, 2 <b>Secret".into(),
            objects: 3,
            why: "unknown".into(),
            since: Some(ctx.now() - chrono::Duration::days(9)),
            found_at: ctx.now(),
            seen_at: ctx.now(),
            removal_asked_at: None,
        };
        let id = row.id.clone();
        orphan::Entity::insert(row.into_active_model()).exec_without_returning(&ctx.db).await.unwrap();
        id
    }

    /// The cluster told of crashes of an instance.
    async fn goes_wrong(&self, instance: &str) {
        let ctx = self.world.system();
        let row = trouble::Model {
            id: InstanceTroubleId::generate(),
            instance_id: instance.into(),
            code: "crash_loop".into(),
            word: "BackOff".into(),
            detail: "Back-off restarting failed container <b>app".into(),
            about: "Pod ghost-x-5c".into(),
            times: 3,
            first_at: ctx.now() - chrono::Duration::minutes(20),
            last_at: ctx.now() - chrono::Duration::minutes(5),
        };
        trouble::Entity::insert(row.into_active_model()).exec_without_returning(&ctx.db).await.unwrap();
    }
}
