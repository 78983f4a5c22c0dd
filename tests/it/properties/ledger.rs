//! However many spend at once, no wallet falls below its floor and no rupiah is lost.
use crate::support::World;
use entity::value::WalletTransactionType;
use std::sync::Arc;
use yumna::domain::ledger::{Account, LedgerError, Movement, credit, debit};

fn movement(customer: &entity::customers::customer::Model, amount_minor: i64, source: String) -> Movement {
    Movement {
        customer_id: customer.id.clone(),
        amount_minor,
        r#type: WalletTransactionType::Payment,
        against: Account::Bank,
        kind: "test_moved",
        source_type: "test",
        source_id: source,
        description: "test".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wallet_is_never_below_zero_however_many_spend_at_once() {
    let world = Arc::new(World::new().await);
    let (budi, siti) = (world.customer().await, world.customer().await);
    world.gift(&budi, 100_000).await;

    let mut spenders = tokio::task::JoinSet::new();
    for number in 0..40 {
        let (world, budi, siti) = (world.clone(), budi.clone(), siti.clone());
        spenders.spawn(async move {
            let ctx = world.system();
            let tx = ctx.begin().await.unwrap();
            // Some give and take between two wallets, in both orders, so that a circle of locks would show.
            let (giver, taker) = if number % 2 == 0 { (&budi, &siti) } else { (&siti, &budi) };
            let amount = 7_000 + number;
            match debit(&ctx, &tx, movement(giver, amount, format!("d{number}"))).await {
                Ok(_) => {}
                Err(LedgerError::InsufficientCredit { .. }) => return 0,
                Err(error) => panic!("{error}"),
            }
            if number % 4 == 0 {
                tx.commit().await.unwrap();
                return amount;
            }
            drop(tx);
            let tx = ctx.begin().await.unwrap();
            credit(&ctx, &tx, movement(taker, 1_000, format!("c{number}"))).await.unwrap();
            tx.commit().await.unwrap();
            -1_000
        });
    }
    let gone: i64 = spenders.join_all().await.into_iter().sum();

    let (first, second) = (world.balance(&budi).await, world.balance(&siti).await);
    assert!(first >= 0 && second >= 0, "{first} {second}");
    assert_eq!(first + second, 100_000 - gone);
    world.books_are_right().await;
}
