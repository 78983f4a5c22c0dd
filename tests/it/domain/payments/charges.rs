//! Asking for money where the gateway refuses, forgets, or wants a person to act.
use crate::support::{
    World,
    gateway::{ScriptedGateway, Trouble},
    money::{by, with_gateway},
};
use chrono::Duration;
use entity::{
    billing::invoice,
    payments::payment,
    platform::{alert, audit_log},
    value::PaymentStatus,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use yumna::{
    domain::payments::{PaymentError, accounts, attempt},
    integrations::gateways::{Instructions, refusal},
};

async fn bill() -> (World, ScriptedGateway, invoice::Model) {
    let (world, gateway) = with_gateway().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    (world, gateway, bill)
}

async fn start(world: &World, bill: &invoice::Model, method: &str) -> Result<payment::Model, PaymentError> {
    let option = (method == "bank_transfer").then_some("bca");
    attempt::start(&world.system(), &bill.customer_id, &bill.id, &by(method, option)).await
}

/// Codes of the alerts that are open.
async fn open_alerts(world: &World) -> Vec<String> {
    let open = alert::Entity::find().filter(alert::Column::OpenKey.is_not_null());
    open.all(&world.services.db).await.unwrap().into_iter().map(|alert| alert.code).collect()
}

#[tokio::test]
async fn a_charge_that_is_denied_at_once_is_a_refusal_and_can_be_tried_again() {
    for ended in [PaymentStatus::Failed, PaymentStatus::Expired] {
        let (world, gateway, bill) = bill().await;
        gateway.spoil(Trouble::Becomes(ended));

        let refused = start(&world, &bill, "qris").await;

        assert!(matches!(refused, Err(PaymentError::GatewayRefused { .. })), "{refused:?}");
        let attempts = attempt::of_invoice(&world.services.db, &bill.id).await.unwrap();
        assert_eq!((attempts.len(), attempts[0].status), (1, PaymentStatus::Failed));
        assert_eq!(attempts[0].failure_code.as_deref(), Some(ended.as_str()));
        assert_eq!(start(&world, &bill, "qris").await.unwrap().status, PaymentStatus::Pending);
    }
}

#[tokio::test]
async fn a_top_up_that_is_denied_at_once_is_a_refusal() {
    let (world, gateway) = with_gateway().await;
    let budi = world.customer().await;
    gateway.spoil(Trouble::Becomes(PaymentStatus::Failed));
    let refused = attempt::start_top_up(&world.system(), &budi.id, 100_000, &by("qris", None)).await;
    assert!(matches!(refused, Err(PaymentError::GatewayRefused { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_charge_found_again_without_its_code_is_given_up_for_a_new_one() {
    let (world, gateway, bill) = bill().await;
    gateway.spoil(Trouble::LostAfter);
    let lost = start(&world, &bill, "qris").await.unwrap();
    gateway.set(&lost.reference, |report| report.instructions = Instructions::default());
    world.advance(Duration::seconds(16));
    let found = attempt::inquire(&world.system(), &lost.id).await.unwrap();
    assert_eq!((found.status, found.instructions), (PaymentStatus::Pending, serde_json::json!({})));

    let fresh = start(&world, &bill, "qris").await.unwrap();

    assert_ne!(fresh.id, lost.id);
    assert!(fresh.instructions["va_number"].is_string());
    assert_eq!(world.waiting("payments.cancel_attempt").await, 1, "the code nobody can see is closed");
    assert_eq!(start(&world, &bill, "qris").await.unwrap().id, fresh.id);
}

// 48
#[tokio::test]
async fn a_charge_whose_program_died_before_it_wrote_the_answer_down_is_adopted() {
    let (world, gateway, bill) = bill().await;
    let made = start(&world, &bill, "bank_transfer").await.unwrap();
    // As it stood when the gateway was asked.
    let mut row: payment::ActiveModel = made.clone().into();
    row.status = Set(PaymentStatus::Created);
    row.external_id = Set(None);
    row.instructions = Set(serde_json::json!({}));
    row.inquire_at = Set(Some(made.created_at + Duration::seconds(15)));
    row.update(&world.services.db).await.unwrap();
    assert_eq!(start(&world, &bill, "bank_transfer").await.unwrap().id, made.id, "nobody gets a second number");

    world.advance(Duration::seconds(16));
    let found = attempt::inquire(&world.system(), &made.id).await.unwrap();

    assert_eq!((found.status, &found.instructions), (PaymentStatus::Pending, &made.instructions));
    assert_eq!(gateway.calls("charge"), 1);
}

#[tokio::test]
async fn staff_are_told_of_refused_keys_until_a_charge_succeeds() {
    for code in [refusal::KEY, refusal::ACCOUNT_CLOSED] {
        let (world, gateway, bill) = bill().await;
        for _ in 0..2 {
            gateway.spoil(Trouble::RefusedFor(code));
            assert!(matches!(start(&world, &bill, "qris").await, Err(PaymentError::GatewayRefused { .. })));
        }
        assert_eq!(open_alerts(&world).await, ["gateway_refuses_key"]);

        start(&world, &bill, "bank_transfer").await.unwrap();
        assert!(open_alerts(&world).await.is_empty(), "another way to pay proves the keys");
    }
}

#[tokio::test]
async fn staff_are_told_of_a_way_to_pay_that_is_not_enabled_until_it_works() {
    let (world, gateway, bill) = bill().await;
    gateway.spoil(Trouble::RefusedFor(refusal::METHOD));
    start(&world, &bill, "qris").await.unwrap_err();
    start(&world, &bill, "bank_transfer").await.unwrap();
    assert_eq!(open_alerts(&world).await, ["method_not_enabled"], "another way proves nothing about this one");

    start(&world, &bill, "qris").await.unwrap();
    assert!(open_alerts(&world).await.is_empty());
}

#[tokio::test]
async fn a_tested_account_is_no_trouble_and_other_refusals_are_nobodys_work() {
    let (world, gateway, bill) = bill().await;
    gateway.spoil(Trouble::Rejected);
    start(&world, &bill, "qris").await.unwrap_err();
    assert!(open_alerts(&world).await.is_empty());
    gateway.spoil(Trouble::RefusedFor(refusal::KEY));
    start(&world, &bill, "qris").await.unwrap_err();

    let account = accounts::list(&world.system()).await.unwrap().remove(0);
    accounts::test(&world.staff("ana"), &account.id).await.unwrap();
    assert!(open_alerts(&world).await.is_empty());
}

#[tokio::test]
async fn asking_to_cancel_leaves_a_trace() {
    let (world, _, bill) = bill().await;
    let pay = start(&world, &bill, "qris").await.unwrap();
    attempt::request_cancel(&world.system(), &bill.customer_id, &pay.id).await.unwrap();

    let asked = audit_log::Entity::find()
        .filter(audit_log::Column::Action.eq("payments.payment.ask_cancel"))
        .filter(audit_log::Column::TargetId.eq(pay.id.as_str()))
        .filter(audit_log::Column::CustomerId.eq(bill.customer_id.as_str()));
    assert_eq!(asked.count(&world.services.db).await.unwrap(), 1);
}
