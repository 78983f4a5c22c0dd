//! What must be true each night.
use super::Shop;
use chrono::Duration;
use entity::{
    billing::{invoice, invoice_item, revenue_schedule},
    catalog::{plan, waitlist_entry},
    ordering::quota_reservation,
    payments::payment,
    provisioning::instance,
    subscriptions::{hold, subscription},
    value::{
        HoldReason, InstanceStatus, InvoiceId, InvoiceKind, InvoiceStatus, PaymentStatus, ReservationStatus,
        SubscriptionId, SubscriptionStatus as Status, business_day,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::collections::{BTreeMap, BTreeSet};
use yumna::domain::reports::deferred;

/// Days between the due date and the suspension.
const GRACE: i64 = 7;

impl Shop {
    pub(super) async fn rules_hold(&mut self) {
        self.world.books_are_right().await;
        self.slots_are_counted().await;
        self.who_waits_is_in_the_queue_and_nothing_is_free_for_him().await;
        self.no_cycle_is_invoiced_twice().await;
        self.contracts_are_where_they_belong().await;
        self.what_is_over_is_earned().await;
    }

    /// What is deferred is told as the ledger has it, and nothing of yesterday is left to be booked.
    async fn what_is_over_is_earned(&self) {
        let ctx = self.world.system();
        let report = deferred::report(&ctx).await.unwrap();
        assert!(report.ties(), "{report:?}");
        let today = business_day(ctx.now());
        let due = revenue_schedule::Column::NextOn.lte(today);
        let mut due = revenue_schedule::Entity::find().filter(due).all(&ctx.db).await.unwrap();
        // What a contract leaves that ended within this hour is looked at in the next.
        due.retain(|row| row.ended_on != Some(today));
        assert!(due.is_empty(), "{due:?}");
    }

    /// What a plan says is used is what contracts hold, and never more than there is.
    async fn slots_are_counted(&self) {
        let db = &self.world.services.db;
        let mut held: BTreeMap<String, i64> = BTreeMap::new();
        for row in quota_reservation::Entity::find().all(db).await.unwrap() {
            if row.status != ReservationStatus::Released {
                *held.entry(row.plan_id.0).or_default() += 1;
            }
        }
        for plan in plan::Entity::find().all(db).await.unwrap() {
            let holding = held.get(&plan.id.0).copied().unwrap_or(0);
            // A change of plan that is under way has reserved its new slot beside the old one.
            assert!(plan.quota_used >= holding, "{}: {} used, {holding} held", plan.code, plan.quota_used);
            assert!(plan.quota_used <= plan.quota_total, "{}: oversold", plan.code);
        }
    }

    /// A paid contract waits where it has no slot, and only while none is free.
    async fn who_waits_is_in_the_queue_and_nothing_is_free_for_him(&self) {
        let db = &self.world.services.db;
        let open = hold::Entity::find().filter(hold::Column::OpenKey.is_not_null());
        let open = open.filter(hold::Column::Reason.eq(HoldReason::Capacity)).all(db).await.unwrap();
        let held: BTreeSet<&str> = open.iter().map(|hold| hold.subscription_id.as_str()).collect();
        let queue = waitlist_entry::Entity::find().filter(waitlist_entry::Column::SubscriptionId.is_not_null());
        let queue = queue.all(db).await.unwrap();
        let queued: BTreeSet<&str> = queue.iter().filter_map(|place| place.subscription_id.as_deref()).collect();
        assert!(held.is_subset(&queued), "held without a place: {held:?} {queued:?}");
        for place in &queue {
            let id = SubscriptionId(place.subscription_id.clone().unwrap());
            let contract = subscription::Entity::find_by_id(id.clone()).one(db).await.unwrap().unwrap();
            let waits = contract.status == Status::Pending || held.contains(id.as_str());
            assert!(waits, "{contract:?} is in the queue");
            let slot = quota_reservation::Column::SubscriptionId.eq(id.as_str());
            let slot = quota_reservation::Entity::find().filter(slot).one(db).await.unwrap().unwrap();
            assert_eq!(slot.status, ReservationStatus::Released, "{contract:?}");
            let plan = plan::Entity::find_by_id(place.plan_id.clone()).one(db).await.unwrap().unwrap();
            assert_eq!(plan.quota_used, plan.quota_total, "{}: {contract:?} waits beside a free slot", plan.code);
        }
    }

    async fn no_cycle_is_invoiced_twice(&self) {
        let db = &self.world.services.db;
        let counting: BTreeSet<InvoiceId> = invoice::Entity::find()
            .filter(invoice::Column::Status.ne(InvoiceStatus::Void))
            .filter(invoice::Column::Kind.is_in([InvoiceKind::Order, InvoiceKind::Renewal]))
            .all(db)
            .await
            .unwrap()
            .into_iter()
            .map(|bill| bill.id)
            .collect();
        let mut seen = BTreeSet::new();
        let items = invoice_item::Entity::find().filter(invoice_item::Column::PeriodStart.is_not_null());
        for item in items.all(db).await.unwrap().into_iter().filter(|item| counting.contains(&item.invoice_id)) {
            let cycle = (item.subscription_id.clone(), item.period_start);
            assert!(seen.insert(cycle), "invoiced twice: {item:?}");
        }
    }

    async fn contracts_are_where_they_belong(&self) {
        let (db, now) = (&self.world.services.db, self.world.services.clock.now());
        let open: BTreeSet<SubscriptionId> = hold::Entity::find()
            .filter(hold::Column::LiftedAt.is_null())
            .all(db)
            .await
            .unwrap()
            .into_iter()
            .map(|hold| hold.subscription_id)
            .collect();
        let bills =
            invoice::Entity::find().filter(invoice::Column::Status.eq(InvoiceStatus::Issued)).all(db).await.unwrap();
        let items = invoice_item::Entity::find()
            .filter(invoice_item::Column::SubscriptionId.is_not_null())
            .all(db)
            .await
            .unwrap();
        let mut late: BTreeMap<SubscriptionId, i64> = BTreeMap::new();
        for bill in bills.iter().filter(|bill| bill.due_at.is_some_and(|due| due < now)) {
            let since = bill.due_at.max(bill.issued_at).unwrap();
            for item in items.iter().filter(|item| item.invoice_id == bill.id) {
                let days = late.entry(SubscriptionId(item.subscription_id.clone().unwrap())).or_default();
                *days = Ord::max(*days, (now - since).num_days());
            }
        }
        let instances = instance::Entity::find().all(db).await.unwrap();
        for contract in subscription::Entity::find().all(db).await.unwrap() {
            let is_held = open.contains(&contract.id);
            assert_eq!(
                contract.status == Status::Suspended,
                is_held && contract.status != Status::Terminated,
                "{contract:?}"
            );
            let running = instances.iter().filter(|row| row.subscription_id == contract.id);
            let running: Vec<_> = running.filter(|row| row.status == InstanceStatus::Running).collect();
            assert!(running.len() <= 1, "{contract:?} runs {running:?}");
            match contract.status {
                Status::Terminated | Status::Suspended => assert!(running.is_empty(), "{contract:?} runs {running:?}"),
                Status::Active | Status::PastDue => {
                    let days = late.get(&contract.id).copied().unwrap_or(0);
                    assert!(days <= GRACE + 1, "{contract:?} owes for {days} days");
                }
                _ => {}
            }
        }
    }

    /// Days after everything calmed down, the house knows of every rupiah the gateway took or gave back.
    pub(super) async fn no_money_is_lost(&mut self) {
        for days in 1..4 {
            let now = self.world.services.clock.now();
            self.until(now + Duration::days(days)).await;
        }
        let known = payment::Entity::find().all(&self.world.services.db).await.unwrap();
        let known: BTreeMap<&str, &payment::Model> = known.iter().map(|pay| (pay.reference.as_str(), pay)).collect();
        for told in self.gateway.everything() {
            let Some(pay) = known.get(told.reference.as_str()) else { panic!("nobody knows {told:?}") };
            if told.status.rank() >= PaymentStatus::Succeeded.rank() {
                assert_eq!(pay.received_minor, told.amount.minor, "{pay:?}");
                assert!(!matches!(pay.status, PaymentStatus::Pending | PaymentStatus::Unknown), "{pay:?}");
            } else {
                assert_eq!(pay.received_minor, 0, "{pay:?}");
            }
        }
        self.rules_hold().await;
    }
}
