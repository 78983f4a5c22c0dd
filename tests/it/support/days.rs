//! Days pass, and the house does what is due on them.
use super::World;
use chrono::{DateTime, Days, Duration, NaiveDateTime, Utc};
use entity::{
    messaging::message,
    value::{MessageStatus, business_day, day_start},
};
use sea_orm::{EntityTrait, sea_query::Expr};
use yumna::domain::subscriptions::{advance, renew};

/// An instant on the wall clock of Jakarta.
pub fn wib(text: &str) -> DateTime<Utc> {
    text.parse::<NaiveDateTime>().unwrap().and_utc() - Duration::hours(7)
}

fn midnight_after(now: DateTime<Utc>) -> DateTime<Utc> {
    day_start(business_day(now) + Days::new(1))
}

fn ten_after(now: DateTime<Utc>) -> DateTime<Utc> {
    let today = day_start(business_day(now)) + Duration::hours(10);
    if today > now { today } else { today + Duration::days(1) }
}

impl World {
    /// What the timetable does at this moment; every mail reaches its reader.
    pub async fn tick(&self) {
        let ctx = self.system();
        renew::issue_due(&ctx).await.unwrap();
        self.settle_down().await;
        message::Entity::update_many()
            .col_expr(message::Column::Status, Expr::value(MessageStatus::Sent))
            .exec(&ctx.db)
            .await
            .unwrap();
        while advance::queue_due(&ctx).await.unwrap() > 0 {
            self.settle_down().await;
        }
        self.settle_down().await;
    }

    /// Time passes, looked at twice a day: just after midnight and at ten.
    pub async fn until(&self, end: DateTime<Utc>) {
        loop {
            let now = self.services.clock.now();
            let next = Ord::min(midnight_after(now) + Duration::minutes(1), ten_after(now));
            if next > end {
                self.advance(end - now);
                return self.tick().await;
            }
            self.advance(next - now);
            self.tick().await;
        }
    }
}
