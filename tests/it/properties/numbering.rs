//! Number series have no gap and no double, however many issue at once and whoever gives up.
use crate::support::{World, money::line};
use chrono::Duration;
use entity::{billing::invoice, value::InvoiceKind};
use sea_orm::{EntityTrait, QueryOrder};
use std::sync::Arc;
use yumna::domain::billing::invoice::{NewInvoice, issue};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_issuers_at_once_leave_no_gap() {
    let world = Arc::new(World::new().await);
    let budi = world.customer().await;
    let mut issuers = tokio::task::JoinSet::new();
    for issuer in 0..16 {
        let (world, budi) = (world.clone(), budi.clone());
        issuers.spawn(async move {
            let mut issued = 0;
            for round in 0..4 {
                let ctx = world.system();
                let tx = ctx.begin().await.unwrap();
                let new = NewInvoice {
                    customer: &budi,
                    kind: InvoiceKind::Order,
                    lines: vec![line(10_000 + issuer)],
                    due_at: ctx.now() + Duration::days(7),
                    notes: None,
                };
                issue(&ctx, &tx, new).await.unwrap();
                // Every third changes its mind after the number was taken.
                if (issuer + round) % 3 != 0 {
                    tx.commit().await.unwrap();
                    issued += 1;
                }
            }
            issued
        });
    }
    let issued: usize = issuers.join_all().await.into_iter().sum();

    let rows = invoice::Entity::find().order_by_asc(invoice::Column::Number).all(&world.services.db).await.unwrap();
    let numbers: Vec<String> = rows.into_iter().filter_map(|row| row.number).collect();
    let expected: Vec<String> = (1..=issued).map(|number| format!("INV/2026/{number:06}")).collect();
    assert_eq!(numbers, expected);
    world.books_are_right().await;
}
