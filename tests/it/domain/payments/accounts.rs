//! Our accounts at gateways, those of the environment and those made by hand.
use super::waiting;
use crate::support::{
    World,
    gateway::{CODE, Trouble},
    money::with_gateway,
};
use secrecy::SecretString;
use std::sync::Arc;
use yumna::domain::payments::{
    PaymentError,
    accounts::{self, AccountInput},
    gateway_event::receive,
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

// 53
#[tokio::test]
async fn while_keys_rotate_the_old_one_is_still_believed() {
    let (world, gateway, _, _, pay) = waiting(50_000).await;
    let ctx = world.system();
    let account = accounts::list(&ctx).await.unwrap().remove(0);
    let signed = |key: &str| vec![("x-signature".to_owned(), key.to_owned())];
    let body = gateway.notification(&pay.reference);
    let input = AccountInput {
        name: account.name.clone(),
        is_enabled: true,
        is_default: true,
        position: None,
        base_url: None,
        values: [("server_key".to_owned(), "k2".to_owned())].into(),
    };
    accounts::update(&ctx, &account.id, |_| input.clone()).await.unwrap();

    for (key, is_believed) in [("k1", true), ("k2", true), ("k-three", false)] {
        assert_eq!(receive(&ctx, CODE, None, &signed(key), &body).await.is_ok(), is_believed, "{key}");
    }
    let again = AccountInput { values: [("server_key".to_owned(), "k-three".to_owned())].into(), ..input };
    accounts::update(&ctx, &account.id, |_| again).await.unwrap();
    assert!(matches!(receive(&ctx, CODE, None, &signed("k1"), &body).await, Err(PaymentError::Forged)));

    let stored = accounts::list(&ctx).await.unwrap().remove(0);
    assert!(!stored.settings_sealed.contains("k-three"), "sealed");
    let shown = accounts::shown_settings(&ctx, &account.id).await.unwrap();
    assert_eq!(shown["server_key"].as_deref(), Some("••••••••"));
}

#[tokio::test]
async fn accounts_are_checked_field_by_field_and_tested_without_moving_money() {
    let (world, gateway) = with_gateway().await;
    let ctx = world.staff("ana");
    let account = accounts::list(&ctx).await.unwrap().remove(0);
    let wrong = AccountInput {
        name: String::new(),
        values: [("typo".to_owned(), "x".to_owned())].into(),
        ..AccountInput::default()
    };
    let Err(PaymentError::Invalid(faults)) = accounts::create(&ctx, CODE, wrong).await else { panic!("accepted") };
    let fields: Vec<_> = faults.iter().map(|fault| (fault.field.as_str(), fault.code.as_ref())).collect();
    assert_eq!(fields, [("typo", "unknown"), ("server_key", "required")]);

    assert!(!accounts::is_any_tested(&ctx).await.unwrap());
    gateway.spoil(Trouble::Rejected);
    assert!(accounts::test(&ctx, &account.id).await.is_err());
    accounts::test(&ctx, &account.id).await.unwrap();
    assert!(accounts::is_any_tested(&ctx).await.unwrap());
}

// 7, 8
#[tokio::test]
async fn each_account_has_a_door_of_its_own_and_believes_nobody_elses_keys() {
    let (world, gateway, _, _, pay) = waiting(50_000).await;
    let ctx = world.system();
    let own = accounts::list(&ctx).await.unwrap().remove(0);
    let second = AccountInput {
        name: "Second".to_owned(),
        is_enabled: true,
        values: [("server_key".to_owned(), "k2".to_owned())].into(),
        ..AccountInput::default()
    };
    let other = accounts::create(&ctx, CODE, second).await.unwrap();
    let signed = |key: &str| vec![("x-signature".to_owned(), key.to_owned())];
    let body = gateway.notification(&pay.reference);

    assert!(own.token != other.token && own.token.len() >= 20, "nobody guesses a door");
    for (door, key, is_believed) in
        [(&other.token, "k1", false), (&own.token, "k2", false), (&own.token, "k1", true), (&other.token, "k2", true)]
    {
        let told = receive(&ctx, CODE, Some(door.as_str()), &signed(key), &body).await;
        assert_eq!(told.is_ok(), is_believed, "{key}");
        assert!(is_believed || matches!(told, Err(PaymentError::Forged)), "{told:?}");
    }
}
