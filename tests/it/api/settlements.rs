//! Reports of payouts as programs send them in, look at them and book them.
use crate::support::{
    people::PASSWORD,
    site::{Answer, Program},
    town::Town,
};
use entity::{
    payments::{payment, settlement, settlement_line},
    value::{PaymentId, SettlementId, next_ulid},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

const REPORTS: &str = "/api/whm/settlements";

/// A program of an admin who has proven who he is.
async fn admin(town: &Town) -> Program<'_> {
    let admin = town.program_of("admin").await;
    let proven = admin.call("POST", "/api/auth/step-up", &json!({ "password": PASSWORD })).await;
    assert_eq!(proven.status, 204);
    admin
}

async fn post(who: &Program<'_>, key: &str, path: &str, body: &Value) -> Answer {
    who.send(who.request("POST", path).header("idempotency-key", key).json(body)).await
}

async fn paid(town: &Town) -> payment::Model {
    let id = PaymentId::from(town.id("paid_payment"));
    payment::Entity::find_by_id(id).one(&town.world.services.db).await.unwrap().unwrap()
}

async fn reports(town: &Town) -> u64 {
    settlement::Entity::find().count(&town.world.services.db).await.unwrap()
}

/// The address of a report with `content`, and its id.
async fn sends(town: &Town, who: &Program<'_>, content: &str) -> (String, SettlementId) {
    let body = json!({ "account_id": town.id("account"), "content": content });
    let sent = post(who, &next_ulid().to_string(), REPORTS, &body).await;
    assert_eq!(sent.status, 201, "{}", sent.body);
    let id = sent.json()["id"].as_str().unwrap().to_owned();
    (format!("{REPORTS}/{id}"), SettlementId::from(id))
}

async fn lines_of(town: &Town, id: &SettlementId) -> Vec<settlement_line::Model> {
    let lines = settlement_line::Entity::find().filter(settlement_line::Column::SettlementId.eq(id));
    lines.all(&town.world.services.db).await.unwrap()
}

#[tokio::test]
async fn a_report_sent_in_matches_its_payments_and_is_booked_once() {
    let town = Town::new().await;
    let (admin, paid, before) = (admin(&town).await, paid(&town).await, reports(&town).await);
    let content = format!("Order ID,Amount,Fee\n{},{},1000\nSTRANGEST,7000,500\n", paid.reference, paid.amount_minor);
    let body = json!({ "account_id": town.id("account"), "content": content });

    let first = post(&admin, "s1", REPORTS, &body).await;
    assert_eq!(first.status, 201, "{}", first.body);
    assert_eq!(post(&admin, "s1", REPORTS, &body).await.body, first.body);
    assert_eq!(post(&admin, "s2", REPORTS, &body).await.json()["id"], first.json()["id"], "it is the same report");
    assert_eq!(reports(&town).await, before + 1);

    let id = first.json()["id"].as_str().unwrap().to_owned();
    let path = format!("{REPORTS}/{id}");
    let preview = admin.get(&format!("{path}/preview")).await.json();
    assert_eq!((&preview["settlement"]["status"], &preview["columns"]["fee"]), (&json!("draft"), &json!("Fee")));
    assert_eq!((&preview["totals"]["booked"], &preview["totals"]["waiting"]), (&json!(1), &json!(1)));
    let lines = &preview["lines"];
    assert_eq!((&lines[0]["verdict"], &lines[1]["verdict"]), (&json!("matched"), &json!("unknown")));
    assert_eq!(lines[0]["payment_id"], paid.id.as_str());

    for key in ["b1", "b1", "b2"] {
        let booked = post(&admin, key, &format!("{path}/book"), &json!({})).await;
        assert_eq!(booked.status, 200, "{}", booked.body);
        assert_eq!(booked.json()["net"], paid.amount_minor - 1_000);
    }
    assert!(town.world.payment(&paid).await.paid_out_at.is_some());
    assert_eq!(lines_of(&town, &SettlementId::from(id)).await.len(), 2);
    let over = post(&admin, "d1", &format!("{path}/discard"), &json!({})).await;
    assert_eq!((over.status, over.code().as_str()), (409, "SETTLEMENT_OVER"));
    town.world.books_are_right().await;
}

#[tokio::test]
async fn a_line_that_waits_is_decided_once() {
    let town = Town::new().await;
    let (admin, paid) = (admin(&town).await, paid(&town).await);
    let content = format!("Order ID,Amount,Fee\nTYPO,{},1000\nSTRANGEST,7000,500\n", paid.amount_minor);
    let (path, id) = sends(&town, &admin, &content).await;
    assert_eq!(post(&admin, "b1", &format!("{path}/book"), &json!({})).await.status, 200);
    let lines = lines_of(&town, &id).await;
    let of = |name: &str, verb: &str| {
        let line = lines.iter().find(|line| line.reference == name).unwrap();
        format!("/api/whm/settlement-lines/{}/{verb}", line.id)
    };

    let decision = json!({ "reference": paid.reference, "reason": "Nomornya salah ketik" });
    for key in ["m1", "m1", "m2"] {
        let matched = post(&admin, key, &of("TYPO", "match"), &decision).await;
        assert_eq!(matched.status, 200, "{}", matched.body);
        let matched = matched.json();
        assert_eq!((&matched["status"], &matched["payment_id"]), (&json!("booked"), &json!(paid.id.as_str())));
    }
    let why = json!({ "reason": "Tidak ada tagihannya" });
    let otherwise = post(&admin, "d1", &of("TYPO", "dismiss"), &why).await;
    assert_eq!((otherwise.status, otherwise.code().as_str()), (409, "ALREADY_DEALT_WITH"));
    let unknown = json!({ "reference": "NOBODYS-PAYMENT", "reason": "x" });
    let unknown = post(&admin, "m3", &of("STRANGEST", "match"), &unknown).await;
    assert_eq!((unknown.status, &unknown.json()["errors"][0]["field"]), (422, &json!("reference")));
    for key in ["u1", "u1", "u2"] {
        let nobodys = post(&admin, key, &of("STRANGEST", "unallocated"), &why).await;
        assert_eq!((nobodys.status, &nobodys.json()["status"]), (200, &json!("unallocated")), "{}", nobodys.body);
    }
    let again = post(&admin, "a1", &format!("{path}/again"), &json!({})).await;
    assert_eq!((again.status, &again.json()["booked"]), (200, &json!(0)));
    town.world.books_are_right().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_report_is_named_and_nothing_is_kept() {
    let town = Town::new().await;
    let (admin, before) = (admin(&town).await, reports(&town).await);
    let account = town.id("account");
    let large = "x".repeat(3 << 20);
    for (account, content, code) in [
        (account, "nothing", "SETTLEMENT_UNREADABLE"),
        (account, large.as_str(), "SETTLEMENT_TOO_LARGE"),
        ("pac_nobody", "Order ID,Amount\nX-1,1\n", "VALIDATION_FAILED"),
    ] {
        let refused = post(&admin, "s1", REPORTS, &json!({ "account_id": account, "content": content })).await;
        assert_eq!((refused.status, refused.code().as_str()), (422, code));
        if code == "VALIDATION_FAILED" {
            assert_eq!(refused.json()["errors"][0]["field"], "account_id", "{}", refused.body);
        }
    }
    let without = post(&admin, "s2", REPORTS, &json!({ "account_id": account })).await;
    assert!(without.status == 422 && without.body.contains("content"), "{}", without.body);
    assert_eq!(reports(&town).await, before);

    let (path, _) = sends(&town, &admin, "Order ID,Amount\nX-1,1\n").await;
    for (columns, field, code) in [
        (json!({ "reference": "Order ID", "amount": "Gross" }), "amount", "unknown"),
        (json!({ "reference": "Order ID", "fee": "" }), "amount", "required"),
        (json!({ "amount": "Amount" }), "reference", "required"),
    ] {
        let refused = post(&admin, "c1", &format!("{path}/columns"), &columns).await;
        let problem = refused.json();
        let told = &problem["errors"][0];
        assert_eq!((refused.status, &told["field"], &told["code"]), (422, &json!(field), &json!(code)), "{columns}");
    }
    let named = json!({ "external_id": "Order ID", "net": "Amount" });
    let preview = post(&admin, "c2", &format!("{path}/columns"), &named).await.json();
    assert_eq!((&preview["columns"]["reference"], &preview["lines"][0]["external_id"]), (&Value::Null, &json!("X-1")));
    let gone = post(&admin, "d1", &format!("{path}/discard"), &json!({})).await.json();
    assert_eq!(gone["status"], "discarded");
    let (other, _) = sends(&town, &admin, "Order ID,Amount\nX-1,1\n").await;
    assert_ne!(other, path, "what was put away may be sent in again");
}

#[tokio::test]
async fn support_looks_at_reports_but_sends_none_in_and_books_none() {
    let town = Town::new().await;
    let (support, unproven) = (town.program_of("support").await, town.program_of("admin").await);
    let report = format!("{REPORTS}/{}", town.id("settlement"));
    let line = format!("/api/whm/settlement-lines/{}", town.id("settlement_line"));
    let before = town.world.snapshot().await;

    assert_eq!(support.get(&format!("{report}/preview")).await.status, 200);
    let mut doors = vec![REPORTS.to_owned()];
    doors.extend(["columns", "book", "discard", "again"].map(|verb| format!("{report}/{verb}")));
    doors.extend(["match", "unallocated", "dismiss"].map(|verb| format!("{line}/{verb}")));
    let body = json!({
        "account_id": town.id("account"), "content": "Order ID,Amount\nX-1,1\n", "reference": "X", "reason": "x",
    });
    for door in doors {
        let refused = post(&support, "k1", &door, &body).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "FORBIDDEN"), "{door}");
    }
    let refused = post(&unproven, "k1", &format!("{report}/book"), &json!({})).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "STEP_UP_REQUIRED"));

    assert_eq!(before, town.world.snapshot().await);
}
