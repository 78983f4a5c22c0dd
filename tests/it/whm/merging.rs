//! Staff make one account of two, and whoever follows an old link finds the one that stays.
use crate::support::{people::PASSWORD, town::Town};

#[tokio::test]
async fn staff_see_what_would_move_and_old_links_lead_to_the_account_that_stays() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "en").await;
    admin.post("/whm/step-up", &[("proof", PASSWORD), ("next", "/whm")]).await;
    let (old, new) = (town.id("duplicate"), town.id("customer"));
    let ask = format!("/whm/customers/{old}/merge");

    for wrong in ["", "cus_nobody", "nobody@example.test"] {
        let again = admin.post(&ask, &[("into", wrong)]).await;
        assert_eq!(again.status, 422, "{wrong}");
        assert!(again.body.contains("There is no such account"), "{}", again.body);
    }
    let itself = admin.post(&ask, &[("into", old)]).await;
    assert!(itself.status == 422 && itself.body.contains("This is the same account"), "{}", itself.body);
    let chosen = admin.post(&ask, &[("into", &town.owner.email)]).await;
    assert_eq!((chosen.status, chosen.location()), (303, format!("{ask}/{new}").as_str()));

    let seen = admin.get(&format!("{ask}/{new}")).await;
    for told in ["IDR 40,000", "Contracts", "andi-lagi@example.test", "This cannot be undone"] {
        assert!(seen.body.contains(told), "{told}: {}", seen.body);
    }
    let sent = [("reason", "Mendaftar dua kali"), ("key", "frm_1")];
    for _ in 0..2 {
        let done = admin.post(&format!("{ask}/{new}"), &sent).await;
        assert_eq!((done.status, done.location()), (303, format!("/whm/customers/{new}").as_str()));
    }
    for path in [format!("/whm/customers/{old}"), ask.clone(), format!("{ask}/{new}")] {
        let led = admin.get(&path).await;
        assert_eq!((led.status, led.location()), (303, format!("/whm/customers/{new}").as_str()), "{path}");
    }
    let page = admin.get(&format!("/whm/customers/{new}")).await;
    assert!(page.body.contains(&format!("/whm/customers/{old}/history")), "{}", page.body);
    let history = admin.get(&format!("/whm/customers/{old}/history")).await;
    assert!(history.body.contains("Merged into another account"), "{}", history.body);
    town.world.books_are_right().await;
}

#[tokio::test]
async fn accounts_that_cannot_be_one_say_why_and_offer_nothing() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "en").await;
    admin.post("/whm/step-up", &[("proof", PASSWORD), ("next", "/whm")]).await;
    let (old, new) = (town.id("duplicate"), town.id("closed_customer"));

    let seen = admin.get(&format!("/whm/customers/{old}/merge/{new}")).await;
    assert!(seen.body.contains("The other account is closed"), "{}", seen.body);
    assert!(!seen.body.contains("name=\"reason\""), "nothing to confirm: {}", seen.body);
    let sent = [("reason", "Mendaftar dua kali"), ("key", "frm_2")];
    assert_eq!(admin.post(&format!("/whm/customers/{old}/merge/{new}"), &sent).await.status, 409);
    assert_eq!(admin.get(&format!("/whm/customers/{old}")).await.status, 200, "refused, it is there as before");
}
