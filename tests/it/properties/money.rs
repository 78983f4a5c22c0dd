//! Whatever a gateway says, in whatever order and however often, the end is the same and the books are right.
use crate::support::{
    gateway::report,
    money::{by, by_wallet, with_gateway},
};
use entity::value::{Money, PaymentStatus};
use proptest::prelude::*;
use yumna::{
    domain::{ledger, payments::attempt},
    integrations::gateways::PaymentReport,
};

/// What is true of one charge: each list is a set of reports a gateway may send about it. A denial is not among them:
/// before the money it means nothing, after it that the money is taken back.
fn stories() -> Vec<Vec<(PaymentStatus, i64, i64)>> {
    use PaymentStatus::{
        Authorized, Chargeback, Expired, PartiallyRefunded, Pending, Refunded, Reversed, Succeeded, Unknown,
    };
    vec![
        vec![(Pending, 50_000, 0), (Authorized, 50_000, 0), (Succeeded, 50_000, 0), (Unknown, 0, 0)],
        vec![(Pending, 50_000, 0), (Expired, 50_000, 0), (Succeeded, 50_000, 0)],
        vec![(Pending, 50_000, 0), (Succeeded, 65_000, 0), (Expired, 50_000, 0)],
        vec![(Pending, 50_000, 0), (Succeeded, 20_000, 0)],
        vec![(Pending, 50_000, 0), (Expired, 50_000, 0), (Unknown, 0, 0)],
        vec![(Succeeded, 50_000, 0), (PartiallyRefunded, 50_000, 20_000), (Refunded, 50_000, 50_000)],
        vec![(Pending, 50_000, 0), (Succeeded, 50_000, 0), (PartiallyRefunded, 50_000, 12_345)],
        vec![(Pending, 50_000, 0), (Succeeded, 60_000, 0), (Chargeback, 60_000, 0)],
        vec![(Pending, 50_000, 0), (Succeeded, 50_000, 0), (Reversed, 50_000, 0)],
        vec![(Succeeded, 65_000, 0), (Reversed, 65_000, 0), (Unknown, 0, 0)],
    ]
}

fn any_order() -> impl Strategy<Value = (usize, Vec<usize>, bool)> {
    (0..stories().len(), any::<bool>()).prop_flat_map(|(story, from_wallet)| {
        let count = stories()[story].len();
        let twice: Vec<usize> = (0..count).chain(0..count).collect();
        (Just(story), Just(twice).prop_shuffle(), Just(from_wallet))
    })
}

/// Where everything stands at the end.
#[derive(Debug, PartialEq)]
struct End {
    status: PaymentStatus,
    received: i64,
    applied: i64,
    refunded: i64,
    paid: i64,
    credited: i64,
    wallet: i64,
    balances: Vec<((String, String), i64)>,
}

/// `from_wallet`: the invoice was paid from the wallet before the gateway said anything.
async fn end_of(story: usize, order: &[usize], from_wallet: bool) -> End {
    let (world, _) = with_gateway().await;
    world.charges_ppn().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[45_045]).await;
    assert_eq!(bill.total_minor, 50_000);
    let ctx = world.system();
    let pay = attempt::start(&ctx, &budi.id, &bill.id, &by("qris", None)).await.unwrap();
    if from_wallet {
        world.gift(&budi, 50_000).await;
        attempt::start(&ctx, &budi.id, &bill.id, &by_wallet()).await.unwrap();
    }
    for step in order {
        let (status, amount, refunded_minor) = stories()[story][*step];
        let amount = Money::idr(amount);
        let told = PaymentReport { status, amount, refunded_minor, ..report(&pay.reference, 0) };
        attempt::apply_report(&ctx, &pay.id, &told).await.unwrap();
    }
    world.books_are_right().await;
    let (pay, bill) = (world.payment(&pay).await, world.reload(&bill).await);
    let balances = ledger::verify(&ctx.db).await.unwrap().totals.balances;
    End {
        status: pay.status,
        received: pay.received_minor,
        applied: pay.applied_minor,
        refunded: pay.refunded_minor,
        paid: bill.paid_minor,
        credited: bill.credited_minor,
        wallet: world.balance(&budi).await,
        // An account that was opened and is empty again is as good as none.
        balances: balances.into_iter().filter(|(_, balance)| *balance != 0).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn any_order_and_any_repetition_of_reports_ends_the_same((story, order, from_wallet) in any_order()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let in_order: Vec<usize> = (0..stories()[story].len()).collect();
            assert_eq!(end_of(story, &order, from_wallet).await, end_of(story, &in_order, from_wallet).await);
        });
    }
}
