//! Bank transfers as people do them on pages: with a file, and with a colleague who looks at it.
use crate::support::{
    people::PASSWORD,
    site::{Answer, Browser},
    town::Town,
    transfers::PNG,
};
use entity::{
    payments::{payment, proof},
    value::{PaymentId, PaymentStatus},
};
use sea_orm::{EntityTrait, PaginatorTrait};
use yumna::web::page_checks;

const BOUNDARY: &str = "----yumna7f3a";

/// A form as browsers send it: fields, then the file.
fn multipart(fields: &[(&str, &str)], name: &str, kind: &str, file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (field, value) in fields {
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"proof\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}

async fn upload(browser: &mut Browser<'_>, path: &str, id: &str, file: (&str, &str, &[u8]), token: &str) -> Answer {
    let body = multipart(&[("_csrf", token), ("payment", id), ("note", "dari istri")], file.0, file.1, file.2);
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    browser.send(browser.request("POST", path).header("content-type", kind).body(body)).await
}

/// The owner has begun a transfer for his open invoice; its page, the address of its form, its id.
async fn begun(town: &Town, owner: &mut Browser<'_>) -> (String, String, String) {
    let page = format!("/panel/invoices/{}/pay", town.id("invoice"));
    assert_eq!(owner.post(&page, &[("way", "transfer:bank_transfer")]).await.location(), page);
    let shown = owner.get(&page).await;
    let (_, rest) = shown.body.split_once("name=\"payment\" value=\"").unwrap();
    let id = rest.split('"').next().unwrap().to_owned();
    (page.clone(), format!("{page}/proof"), id)
}

async fn stored(town: &Town, id: &str) -> payment::Model {
    payment::Entity::find_by_id(PaymentId::from(id)).one(&town.world.services.db).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_customer_sees_where_to_transfer_and_shows_that_he_has() {
    let town = Town::new().await;
    let mut owner = town.owner_browser("id").await;
    let (page, form, id) = begun(&town, &mut owner).await;
    let waiting = owner.get(&page).await;
    assert_eq!(page_checks::problems(&waiting.body), Vec::<String>::new());
    for words in ["0001234567", "7654321000", "PT Contoh", "saldo Anda"] {
        assert!(waiting.body.contains(words), "{words}");
    }
    let token = owner.token.clone();

    let forged = upload(&mut owner, &form, &id, ("b.png", "image/png", PNG), "wrong").await;
    assert_eq!(forged.status, 403);
    let disguised = upload(&mut owner, &form, &id, ("bukti.png", "image/png", b"<html>bukti</html>"), &token).await;
    assert_eq!((disguised.status, disguised.location()), (303, page.as_str()));
    assert!(owner.get(&page).await.body.contains("bukan gambar"));
    let huge = vec![b'x'; 6 * 1024 * 1024];
    upload(&mut owner, &form, &id, ("bukti.png", "image/png", &huge), &token).await;
    assert!(owner.get(&page).await.body.contains("lebih besar dari 5 MB"));
    upload(&mut owner, &form, &id, ("", "application/octet-stream", b""), &token).await;
    assert!(owner.get(&page).await.body.contains("Pilih berkasnya"));
    assert_eq!(stored(&town, &id).await.status, PaymentStatus::Pending);

    let sent = upload(&mut owner, &form, &id, ("../../x.html", "text/html", PNG), &token).await;
    assert_eq!((sent.status, sent.location()), (303, page.as_str()));
    assert_eq!(stored(&town, &id).await.status, PaymentStatus::Review);
    let checked = owner.get(&page).await;
    assert!(checked.body.contains("mutasi rekening"));
    assert_eq!(page_checks::problems(&checked.body), Vec::<String>::new());
    // Behind the link of the same invoice nobody needs to sign in.
    let mut visitor = town.site.browser(None, "id").await;
    let public = format!("/pay/{}", town.id("pay_token"));
    assert!(visitor.get(&public).await.body.contains("mutasi rekening"));
    let token = visitor.token.clone();
    let other = town.id("transfer");
    let foreign = upload(&mut visitor, &format!("{public}/proof"), other, ("b.png", "image/png", PNG), &token).await;
    assert_eq!(foreign.status, 404, "the link of one invoice opens no payment of another");
    assert_eq!(proof::Entity::find().count(&town.world.services.db).await.unwrap(), 2);
}

#[tokio::test]
async fn staff_look_at_the_proof_and_book_what_came() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "id").await;
    let id = town.id("transfer");
    let queue = admin.get("/whm/transfers").await;
    let pay = stored(&town, id).await;
    assert!(queue.body.contains(&pay.reference) && queue.body.contains("Cek transfer"));
    assert_eq!(page_checks::problems(&queue.body), Vec::<String>::new());
    let found = admin.get(&format!("/whm/transfers?q={}", pay.amount_minor)).await;
    assert!(found.body.contains(&pay.reference));
    let page = admin.get(&format!("/whm/payments/{id}")).await;
    assert_eq!(page_checks::problems(&page.body), Vec::<String>::new());

    let file = admin.get(&format!("/whm/payments/{id}/proofs/{}", town.id("proof"))).await;
    assert_eq!((file.status, file.header("content-type")), (200, "image/png"));
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert!(file.header("content-disposition").starts_with("attachment; filename="));
    assert!(file.header("content-security-policy").contains("sandbox"));
    let elsewhere = format!("/whm/payments/{}/proofs/{}", town.id("payment"), town.id("proof"));
    assert_eq!(admin.get(&elsewhere).await.status, 404);

    admin.post("/whm/step-up", &[("proof", PASSWORD), ("next", "/whm")]).await;
    let amount = pay.amount_minor.to_string();
    let form = [("amount", amount.as_str()), ("received_on", "2026-11-21"), ("key", "frm_a")];
    for _ in 0..2 {
        let booked = admin.post(&format!("/whm/payments/{id}/approve"), &form).await;
        assert_eq!(booked.location(), format!("/whm/payments/{id}"));
    }
    assert_eq!(stored(&town, id).await.received_minor, pay.amount_minor);
    assert!(!admin.get("/whm/transfers").await.body.contains(&pay.reference));
    town.world.books_are_right().await;
}
