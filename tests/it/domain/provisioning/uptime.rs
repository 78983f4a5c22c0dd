//! How long services answer.
use super::Farm;
use crate::support::{World, driver::Scripted, visits::Visits};
use chrono::{DateTime, Duration, Utc};
use entity::{
    provisioning::{cluster, instance, uptime_watch},
    value::{InstanceId, InstanceStatus, TargetStatus, UptimeState as State},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use std::sync::Arc;
use yumna::{
    domain::provisioning::uptime::{self, CheckUptime, Uptime, run_check_uptime},
    integrations::visitors::Answer,
};

const DOWN: Answer = Answer::Status(503);
const MINUTE: Duration = Duration::minutes(1);

/// A farm that is visited.
struct Street {
    farm: Farm,
    visits: Arc<Visits>,
}

impl Street {
    async fn new() -> Self {
        let (driver, visits) = (Scripted::default(), Arc::new(Visits::default()));
        let (at_driver, at_visits) = (driver.clone(), visits.clone());
        let world = World::with(move |services| {
            services.drivers = vec![Arc::new(at_driver)];
            services.visitor = at_visits;
        })
        .await;
        let farm = Farm { world, driver };
        farm.cluster("one", 64_000).await;
        Self { farm, visits }
    }

    /// A service that runs and was visited for the first time.
    async fn opens(&self) -> instance::Model {
        let row = self.farm.running().await.1;
        self.after(MINUTE).await;
        row
    }

    async fn look(&self) {
        run_check_uptime(self.farm.ctx(), CheckUptime {}).await.unwrap();
    }

    /// `by` later everything is visited.
    async fn after(&self, by: Duration) {
        self.farm.world.advance(by);
        self.look().await;
    }

    async fn known(&self, id: &InstanceId) -> Uptime {
        uptime::of(&self.farm.ctx(), id).await.unwrap()
    }

    /// Seconds up, down and unknown of all days.
    async fn sums(&self, id: &InstanceId) -> (i64, i64, i64) {
        let known = self.known(id).await;
        known.days.iter().fold((0, 0, 0), |sums, day| {
            (sums.0 + day.up_seconds, sums.1 + day.down_seconds, sums.2 + day.unknown_seconds)
        })
    }

    async fn becomes(&self, id: &InstanceId, status: InstanceStatus) {
        instance::Entity::update_many()
            .col_expr(instance::Column::Status, Expr::value(status))
            .col_expr(instance::Column::StatusSince, Expr::value(self.farm.ctx().now()))
            .filter(instance::Column::Id.eq(id))
            .exec(&self.farm.ctx().db)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn one_failure_is_none_and_the_second_makes_an_outage_since_the_first() {
    let street = Street::new().await;
    let row = street.opens().await;
    street.visits.take();
    street.after(MINUTE).await;
    assert_eq!(street.sums(&row.id).await, (60, 0, 0));
    let visited = street.visits.take();
    assert!(visited.len() == 1 && visited[0].starts_with(row.url.as_deref().unwrap()), "{visited:?}");

    street.visits.all(Some(DOWN));
    street.after(MINUTE).await;
    street.visits.all(None);
    street.after(MINUTE).await;
    assert_eq!(street.sums(&row.id).await, (180, 0, 0), "one failure is none");
    assert!(street.known(&row.id).await.outages.is_empty());

    street.visits.all(Some(DOWN));
    street.after(MINUTE).await;
    assert_eq!(street.known(&row.id).await.state, Some(State::Up));
    let began_at = street.farm.ctx().now();
    street.after(MINUTE).await;
    street.after(MINUTE).await;
    let down = street.known(&row.id).await;
    assert_eq!((down.state, down.outages[0].began_at, down.outages[0].ended_at), (Some(State::Down), began_at, None));
    assert_eq!(street.sums(&row.id).await, (240, 120, 0));

    street.visits.all(None);
    street.after(MINUTE).await;
    let over = street.known(&row.id).await;
    assert_eq!(street.sums(&row.id).await, (240, 180, 0));
    assert_eq!((over.state, over.outages.len()), (Some(State::Up), 1));
    assert_eq!(over.outages[0].ended_at, Some(street.farm.ctx().now()));
    assert_eq!(over.days.last().map(|day| day.longest_seconds), Some(180));
    assert_eq!(over.share_bp(), Some(5_714), "240 of 420 seconds, rounded down");
}

#[tokio::test]
async fn who_answers_with_less_than_500_is_up() {
    let street = Street::new().await;
    let row = street.opens().await;
    for status in [200, 302, 401, 404, 429, 499] {
        street.visits.all(Some(Answer::Status(status)));
        street.after(MINUTE).await;
    }
    assert_eq!(street.sums(&row.id).await, (360, 0, 0));
}

#[tokio::test]
async fn staff_hear_after_five_minutes_once_and_hear_that_it_is_over() {
    let street = Street::new().await;
    street.opens().await;
    street.visits.all(Some(Answer::Silent));
    for _ in 0..5 {
        street.after(MINUTE).await;
    }
    assert!(street.farm.open_alerts().await.is_empty(), "four minutes");
    for _ in 0..4 {
        street.after(MINUTE).await;
        assert_eq!(street.farm.open_alerts().await, ["instance_down"]);
    }
    street.visits.all(None);
    street.after(MINUTE).await;
    assert!(street.farm.open_alerts().await.is_empty());
}

#[tokio::test]
async fn twice_and_at_once_count_once() {
    let street = Street::new().await;
    let row = street.opens().await;

    street.farm.world.advance(MINUTE);
    tokio::join!(street.look(), street.look());
    street.look().await;
    assert_eq!(street.sums(&row.id).await, (60, 0, 0));

    street.visits.all(Some(DOWN));
    for minutes in 1..=3 {
        street.farm.world.advance(MINUTE);
        tokio::join!(street.look(), street.look());
        assert_eq!(street.sums(&row.id).await, (120, (minutes - 1) * 60, 0));
    }
    street.visits.all(None);
    street.farm.world.advance(MINUTE);
    tokio::join!(street.look(), street.look());
    assert_eq!(street.known(&row.id).await.outages.len(), 1);
    assert_eq!(uptime_watch::Entity::find().all(&street.farm.ctx().db).await.unwrap().len(), 1);
}

#[tokio::test]
async fn time_in_which_we_were_away_is_unknown_and_ends_what_was_known() {
    let street = Street::new().await;
    let row = street.opens().await;
    street.visits.all(Some(DOWN));
    street.after(MINUTE).await;
    street.after(MINUTE).await;
    let seen_until = street.farm.ctx().now();

    street.after(Duration::minutes(10)).await;
    assert_eq!(street.sums(&row.id).await, (60, 60, 600));
    let known = street.known(&row.id).await;
    assert_eq!((known.state, known.outages[0].ended_at), (Some(State::Unknown), Some(seen_until)));

    // The two failures that make it down are counted anew.
    street.after(MINUTE).await;
    assert_eq!(street.known(&row.id).await.state, Some(State::Down));
    assert_eq!(street.sums(&row.id).await, (60, 120, 600));
}

#[tokio::test]
async fn what_the_house_does_counts_neither_way() {
    let street = Street::new().await;
    let ctx = street.farm.ctx();
    let row = street.opens().await;
    street.after(MINUTE).await;
    street.visits.all(Some(DOWN));
    for status in [InstanceStatus::Stopped, InstanceStatus::Suspended, InstanceStatus::Restarting] {
        street.becomes(&row.id, status).await;
        street.after(MINUTE).await;
        street.after(Duration::hours(3)).await;
        let known = street.known(&row.id).await;
        assert_eq!((known.state, street.sums(&row.id).await), (Some(State::Idle), (60, 0, 0)), "{status}");
    }

    // Back again it is counted from the first visit on; what was restarted in between begins anew.
    street.becomes(&row.id, InstanceStatus::Running).await;
    street.visits.all(None);
    street.after(MINUTE).await;
    assert_eq!(street.sums(&row.id).await, (60, 0, 0));
    street.after(MINUTE).await;
    assert_eq!(street.sums(&row.id).await, (120, 0, 0));
    street.farm.world.advance(Duration::seconds(20));
    street.becomes(&row.id, InstanceStatus::Running).await;
    street.after(Duration::seconds(40)).await;
    assert_eq!(street.sums(&row.id).await, (120, 0, 0));

    // A cluster that is worked at.
    let status = |status: TargetStatus| {
        cluster::Entity::update_many().col_expr(cluster::Column::Status, Expr::value(status)).exec(&ctx.db)
    };
    status(TargetStatus::Maintenance).await.unwrap();
    street.visits.take();
    street.after(MINUTE).await;
    street.after(Duration::hours(1)).await;
    assert!(street.visits.take().is_empty());
    assert_eq!(street.sums(&row.id).await, (120, 0, 0));
    status(TargetStatus::Active).await.unwrap();
    street.after(MINUTE).await;
    street.after(MINUTE).await;
    assert_eq!(street.sums(&row.id).await, (180, 0, 0));
}

#[tokio::test]
async fn silence_of_everybody_is_unknown_and_told_to_nobody() {
    let street = Street::new().await;
    let mut rows = Vec::new();
    for _ in 0..3 {
        rows.push(street.farm.running().await.1);
    }
    street.after(MINUTE).await;
    street.after(MINUTE).await;
    street.visits.all(Some(Answer::Silent));
    for _ in 0..10 {
        street.after(MINUTE).await;
    }
    for row in &rows {
        assert_eq!(street.sums(&row.id).await, (60, 0, 600));
        let known = street.known(&row.id).await;
        assert_eq!((known.state, known.outages.len()), (Some(State::Unknown), 0));
    }
    assert!(street.farm.open_alerts().await.is_empty());

    // One of them is really down.
    street.visits.all(None);
    street.visits.answers(rows[0].url.as_deref().unwrap(), Answer::Silent);
    street.after(MINUTE).await;
    street.after(MINUTE).await;
    assert_eq!(street.known(&rows[0].id).await.state, Some(State::Down));
    assert_eq!(street.known(&rows[1].id).await.state, Some(State::Up));
}

#[tokio::test]
async fn a_day_ends_at_midnight_of_jakarta() {
    let street = Street::new().await;
    let row = street.farm.running().await.1;
    let before: DateTime<Utc> = "2026-11-21T16:59:30Z".parse().unwrap();
    street.after(before - street.farm.ctx().now()).await;
    street.after(MINUTE).await;

    let known = street.known(&row.id).await;
    let last: Vec<_> = known.days.iter().rev().take(2).map(|day| (day.day.to_string(), day.up_seconds)).collect();
    assert_eq!(last, [("2026-11-22".to_owned(), 30), ("2026-11-21".to_owned(), 30)]);
    assert_eq!(known.since.map(|day| day.to_string()).as_deref(), Some("2026-11-21"));
    assert_eq!(known.days.len(), 30);
}
