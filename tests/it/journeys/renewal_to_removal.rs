//! From a renewal that is paid late to the end of a service nobody pays for.
use super::House;
use serde_json::json;

#[tokio::test]
async fn who_pays_in_grace_keeps_running_and_who_never_pays_is_suspended_warned_and_removed() {
    let house = House::open().await;
    let mut dewi = house.registers("dewi").await;
    dewi.proves_the_address().await;
    let placed = dewi.orders("ghost-basic").await;
    let by_bca = || json!({ "gateway": "midtrans", "method": "bank_transfer", "bank": "bca" });
    let first = dewi.pays(&placed["invoice"], by_bca()).await;
    house.bank("pay", first["reference"].as_str().unwrap()).await;

    // A week before its period is over, her service asks to be renewed.
    dewi.comes_back("2026-12-14T12:00:00").await;
    let renewal = dewi.bill().await;
    assert_eq!((&renewal["status"], &renewal["total"]), (&json!("issued"), &json!(55_500)));
    assert_ne!(renewal["id"], placed["invoice"]["id"]);

    // She forgets it: past due, reminded, and running all the same.
    dewi.comes_back("2026-12-24T12:00:00").await;
    let contract = dewi.contract().await;
    assert_eq!((&contract["status"], &contract["instance"]["status"]), (&json!("past_due"), &json!("running")));
    assert!(dewi.mails("renewal_due").await > 0 && dewi.mails("renewal_overdue").await > 0);

    // She pays in grace, and nothing happened to her service; the period is the one she would have had anyway.
    let late = dewi.pays(&renewal, by_bca()).await;
    house.bank("pay", late["reference"].as_str().unwrap()).await;
    let contract = dewi.contract().await;
    assert_eq!((&contract["status"], &contract["instance"]["status"]), (&json!("active"), &json!("running")));
    assert_eq!(contract["current_period"]["end"], json!("2027-01-20T17:00:00Z"), "midnight in Jakarta");
    assert_eq!((dewi.mails("service_suspended").await, dewi.balance().await), (0, 0));

    // The next month she does not pay at all: a week after the due date the service rests.
    dewi.comes_back("2027-01-27T12:00:00").await;
    assert_eq!(dewi.contract().await["instance"]["status"], "running");
    dewi.comes_back("2027-01-28T12:00:00").await;
    let contract = dewi.contract().await;
    assert_eq!((&contract["status"], &contract["instance"]["status"]), (&json!("suspended"), &json!("suspended")));
    assert_eq!((&contract["next_event"]["what"], dewi.mails("service_suspended").await), (&json!("removal"), 1));

    // Her data are kept for a month, and she is warned four times before they are gone.
    dewi.comes_back("2027-02-26T12:00:00").await;
    assert_eq!((dewi.contract().await["status"].clone(), dewi.mails("service_removed").await), (json!("suspended"), 0));
    dewi.comes_back("2027-03-02T12:00:00").await;
    let contract = dewi.contract().await;
    assert_eq!((&contract["status"], &contract["instance"]["status"]), (&json!("terminated"), &json!("terminated")));
    assert_eq!(contract["end_reason"], "non_payment");
    assert_eq!((dewi.mails("removal_near").await, dewi.mails("service_removed").await), (4, 1));
    house.world.books_are_right().await;
}
