//! Our accounts at gateways, those of the environment and those made by hand.
use crate::support::World;
use secrecy::SecretString;
use std::sync::Arc;
use yumna::domain::payments::{
    PaymentError,
    accounts::{self, AccountInput},
};

const GATEWAY: &str = "midtrans";

fn by_hand(base_url: Option<String>) -> AccountInput {
    AccountInput {
        name: "By hand".to_owned(),
        is_enabled: true,
        is_default: true,
        position: None,
        base_url,
        values: [("server_key".to_owned(), "SB-by-hand".to_owned())].into(),
    }
}

#[tokio::test]
async fn an_account_made_by_hand_takes_over_once_the_environment_names_none() {
    let mut world = World::with(|services| {
        services.config.midtrans.server_key = Some(SecretString::from("SB-environment"));
    })
    .await;
    let ctx = world.system();
    let made = accounts::create(&ctx, GATEWAY, by_hand(None)).await.unwrap();
    assert!(accounts::open(&ctx, GATEWAY, None).await.unwrap().row.is_from_environment);
    assert!(accounts::open(&ctx, GATEWAY, Some(GATEWAY)).await.is_ok());

    drop(ctx);
    Arc::get_mut(&mut world.services).unwrap().config.midtrans.server_key = None;

    let ctx = world.system();
    assert_eq!(accounts::open(&ctx, GATEWAY, None).await.unwrap().row.id, made.id);
    let gone = accounts::open(&ctx, GATEWAY, Some(GATEWAY)).await;
    assert!(matches!(gone.err(), Some(PaymentError::NotConfigured)), "nobody signs for keys that are gone");
    assert!(!accounts::methods_for(&ctx, 50_000).await.unwrap().is_empty());
}

#[tokio::test]
async fn without_any_keys_nothing_is_offered_though_the_row_is_still_there() {
    let mut world = World::with(|services| {
        services.config.midtrans.server_key = Some(SecretString::from("SB-environment"));
    })
    .await;
    accounts::ensure_environment_account(&world.system()).await.unwrap();
    Arc::get_mut(&mut world.services).unwrap().config.midtrans.server_key = None;

    let ctx = world.system();
    assert!(matches!(accounts::open(&ctx, GATEWAY, None).await.err(), Some(PaymentError::NotConfigured)));
    assert!(accounts::methods_for(&ctx, 50_000).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_address_of_a_gateway_fits_its_column() {
    let world = World::new().await;
    let ctx = world.system();
    let address = |length: usize| Some(format!("https://{}", "a".repeat(length - 8)));

    assert!(accounts::create(&ctx, GATEWAY, by_hand(address(255))).await.is_ok());
    let error = accounts::create(&ctx, GATEWAY, by_hand(address(256))).await.unwrap_err();
    assert!(matches!(error, PaymentError::Invalid(faults) if faults[0].field == "base_url"));
}
