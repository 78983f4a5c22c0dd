//! Reports of payouts as staff send them in, look at them and book them on pages.
use crate::support::{people::PASSWORD, site::Answer, site::Browser, town::Town};
use entity::payments::settlement;
use sea_orm::{EntityTrait, PaginatorTrait};
use yumna::web::page_checks;

const BOUNDARY: &str = "----yumna7f3b";

async fn upload(browser: &mut Browser<'_>, account: &str, file: &[u8], token: &str) -> Answer {
    let mut body = Vec::new();
    for (field, value) in [("_csrf", token), ("account", account)] {
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head =
        "Content-Disposition: form-data; name=\"report\"; filename=\"../x.csv\"\r\nContent-Type: text/csv\r\n\r\n";
    body.extend_from_slice(format!("--{BOUNDARY}\r\n{head}").as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    browser.send(browser.request("POST", "/whm/settlements").header("content-type", kind).body(body)).await
}

#[tokio::test]
async fn staff_send_a_report_in_look_at_it_and_book_it() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "id").await;
    let form = admin.get("/whm/settlements/new").await;
    assert_eq!(page_checks::problems(&form.body), Vec::<String>::new());
    let (token, account) = (admin.token.clone(), town.id("account").to_owned());
    let db = &town.world.services.db;
    let before = settlement::Entity::find().count(db).await.unwrap();

    assert_eq!(upload(&mut admin, &account, b"Order ID,Amount\nX-1,1\n", "wrong").await.status, 403);
    let odd = upload(&mut admin, &account, b"nothing", &token).await;
    assert_eq!(odd.status, 422);
    assert!(odd.body.contains("bukan tabel") && page_checks::problems(&odd.body).is_empty(), "{}", odd.body);
    assert_eq!(upload(&mut admin, "pac_nobody", b"Order ID,Amount\nX-1,1\n", &token).await.status, 422);
    let large = upload(&mut admin, &account, &vec![b'x'; 3 << 20], &token).await;
    assert!(large.status == 422 && large.body.contains("2 MB"), "{}", large.status);
    assert_eq!(settlement::Entity::find().count(db).await.unwrap(), before);

    let table = "Order ID;Jenis;Jumlah;Biaya\n<b>X-1</b>;Pembayaran;Rp 50.000,00;1.000\nX-2;Refund;10.000;0\n";
    let sent = upload(&mut admin, &account, table.as_bytes(), &token).await;
    let path = sent.location().to_owned();
    assert!(sent.status == 303 && path.starts_with("/whm/settlements/stl_"), "{path}");
    let preview = admin.get(&path).await;
    assert_eq!(page_checks::problems(&preview.body), Vec::<String>::new());
    assert!(preview.body.contains("&#60;b&#62;X-1") && preview.body.contains("Tidak kami kenal"), "{}", preview.body);
    let again = upload(&mut admin, &account, table.as_bytes(), &token).await;
    assert_eq!(again.location(), path, "the same file is the same report");

    admin.post("/whm/step-up", &[("proof", PASSWORD), ("next", "/whm")]).await;
    for _ in 0..2 {
        assert_eq!(admin.post(&format!("{path}/book"), &[("key", "frm_b")]).await.location(), path);
    }
    let booked = admin.get(&path).await;
    assert_eq!(page_checks::problems(&booked.body), Vec::<String>::new());
    assert!(booked.body.contains("Cocokkan lagi"));
    assert!(admin.get("/whm/settlement-lines").await.body.contains("X-2"));
    town.world.books_are_right().await;
}
