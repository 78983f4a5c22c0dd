//! The door of gateways: what is genuine is stored, and what cannot be stored is asked for again.
use super::house::House;
use crate::support::site::Site;
use actix_web::{http::header, test::TestRequest};
use entity::payments::{gateway_event, payment_account};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, sea_query::Expr};
use serde_json::json;

const DOORS: [&str; 2] = ["/api/webhooks/scripted/notification", "/api/payments/scripted/webhook"];

fn news(path: &str, reference: &str) -> TestRequest {
    let body = json!({"reference": reference, "status": "pending", "amount": 1}).to_string();
    TestRequest::post().uri(path).insert_header(("x-signature", "good")).set_payload(body)
}

#[actix_web::test]
async fn in_maintenance_notifications_are_stored_at_both_doors() {
    let house = House::with(|services| services.config.server.maintenance = true).await;

    for (path, reference) in DOORS.into_iter().zip(["INV-1", "INV-2"]) {
        assert_eq!(house.send(news(path, reference)).await.status.as_u16(), 200, "{path}");
    }
    assert_eq!(gateway_event::Entity::find().count(&house.world.services.db).await.unwrap(), 2);
    let site = Site::of(&house.world);
    let order = site.stranger().call("POST", "/api/panel/orders", &House::order()).await;
    assert_eq!((order.status, order.code().as_str()), (503, "MAINTENANCE"), "everything else waits");
}

#[actix_web::test]
async fn where_no_account_is_there_is_no_door() {
    let house = House::with(|services| services.gateways.extend(yumna::integrations::gateways::registry())).await;
    for path in [
        "/api/webhooks/midtrans/notification",
        "/api/webhooks/xendit/notification",
        "/api/webhooks/tripay/notification",
        "/api/webhooks/transfer/notification",
        "/api/webhooks/nobody/notification",
        "/api/webhooks/scripted/guessed/notification",
        "/api/payments/midtrans/webhook",
    ] {
        let answer = house.send(news(path, "INV-1")).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "GATEWAY_NOT_CONFIGURED"), "{path}");
    }
    assert_eq!(gateway_event::Entity::find().count(&house.world.services.db).await.unwrap(), 0);
}

#[actix_web::test]
async fn what_cannot_be_stored_is_asked_for_again() {
    let house = House::new().await;
    let db = &house.world.services.db;
    db.execute_unprepared("ALTER TABLE gateway_events RENAME TO gateway_events_away").await.unwrap();
    for path in DOORS {
        let answer = house.send(news(path, "INV-1")).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (503, "NOTIFICATION_NOT_STORED"), "{path}");
        assert!(answer.header(header::RETRY_AFTER).parse::<u64>().is_ok_and(|seconds| seconds > 0));
    }
    db.execute_unprepared("ALTER TABLE gateway_events_away RENAME TO gateway_events").await.unwrap();

    let unreadable = payment_account::Entity::update_many()
        .col_expr(payment_account::Column::SettingsSealed, Expr::value("sealed with a key that is gone"));
    unreadable.exec(db).await.unwrap();
    let answer = house.send(news(DOORS[0], "INV-1")).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (503, "NOTIFICATION_NOT_STORED"));
}
