//! A statement of account tells how an account came to stand as it does, and ends where the ledger ends.
use crate::support::money::{by, by_wallet, with_gateway};
use entity::value::business_day;
use yumna::domain::{
    ledger,
    payments::attempt,
    reports::{range::Range, statement},
};

#[tokio::test]
async fn each_line_moves_the_balance_and_what_only_changes_pockets_is_no_line() {
    let (world, gateway) = with_gateway().await;
    world.charges_ppn().await;
    let budi = world.customer().await;
    let ctx = world.system();
    let day = business_day(world.services.clock.now());
    let of = |range: Range| {
        let (ctx, id) = (ctx.clone(), budi.id.clone());
        async move { statement::of(&ctx, &id, range).await.unwrap() }
    };
    let bill = world.invoice(&budi, &[50_000]).await;
    let pay = attempt::start(&ctx, &budi.id, &bill.id, &by("qris", None)).await.unwrap();
    gateway.pay(&pay.reference, 55_500);
    attempt::ask_now(&ctx, &pay.id).await.unwrap();
    ledger::adjust(&ctx, &budi.id, 200_000, "Saldo awal").await.unwrap();
    world.advance(chrono::Duration::days(31));
    let second = world.invoice(&budi, &[100_000]).await;
    attempt::start(&ctx, &budi.id, &second.id, &by_wallet()).await.unwrap();

    let first_month = of(Range::month_of(day)).await;
    let told: Vec<(&str, i64, i64)> =
        first_month.lines.iter().map(|line| (line.kind.as_str(), line.amount_minor, line.balance_minor)).collect();
    let expected =
        [("invoice_issued", 55_500, 55_500), ("payment_settled", -55_500, 0), ("wallet_adjusted", -200_000, -200_000)];
    assert_eq!(told, expected);
    assert_eq!(first_month.lines[0].document, bill.number);
    assert_eq!(first_month.lines[1].invoice_id.as_ref(), Some(&bill.id.0));
    assert_eq!((first_month.charged_minor, first_month.credited_minor), (55_500, 255_500));

    let second_month = of(Range::month_of(day).next()).await;
    assert_eq!(second_month.opening_minor, first_month.closing_minor());
    let told: Vec<(&str, i64)> =
        second_month.lines.iter().map(|line| (line.kind.as_str(), line.balance_minor)).collect();
    assert_eq!(told, [("invoice_issued", -89_000)], "paying from the wallet moves nothing");
    assert_eq!(second_month.closing_minor(), -world.balance(&budi).await);
    let nobody = statement::of(&ctx, &world.customer().await.id, Range::month_of(day)).await.unwrap();
    assert_eq!((nobody.opening_minor, nobody.lines.len()), (0, 0), "somebody else's are not his");
}
