//! The customer finds what is sold, becomes one, buys, and buys something larger.
use super::story::{NONE, Story, text};
use crate::{
    api::house::{House, STAFF_PASSWORD},
    support::{gateway, people::token_in},
};
use entity::{
    catalog::{plan, product},
    value::SubscriptionId,
};
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::{Value, json};
use yumna::domain::catalog::quota;

pub async fn catalogue_and_accounts(story: &mut Story) {
    story.open("GET /api/openapi.json", &[], NONE, 200).await;
    let services = story.open("GET /api/catalog/services", &[], NONE, 200).await;
    let slug = text(&services["data"][0]["slug"]);
    story.open("GET /api/catalog/services/{slug}", &[&slug], NONE, 200).await;
    story.open("GET /api/catalog/services/{slug}/plans", &[&slug], NONE, 200).await;
    story.open("GET /api/catalog/categories", &[], NONE, 200).await;
    story.open("GET /api/catalog/categories/{slug}/services", &["apps"], NONE, 200).await;
    story.open("GET /api/catalog/search", &[], NONE, 200).await;
    story.open("GET /api/catalog/featured", &[], NONE, 200).await;

    let password = "Kuat-sekali-2026!";
    let new = json!({ "name": "Citra", "email": "citra@example.test", "password": password });
    story.open("POST /api/auth/register", &[], new, 201).await;
    let address = json!({ "email": "citra@example.test" });
    story.open("POST /api/auth/verification/resend", &[], address.clone(), 202).await;
    let login = json!({ "email": "citra@example.test", "password": password });
    let tokens = story.open("POST /api/auth/login", &[], login, 200).await;
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    story.open("POST /api/auth/refresh", &[], refresh, 200).await;
    story.open("POST /api/auth/password/forgot", &[], address, 202).await;
    story.house.world.settle_down().await;
    let mails = story.house.world.mails_to("citra@example.test").await;
    let link = mails.iter().find(|mail| mail.text.contains("/reset")).expect("a mail with a link");
    let token = match link.text.contains("token=") {
        true => token_in(link),
        false => {
            let link = yumna::integrations::notifiers::links_of(&link.text).remove(0);
            link.rsplit('/').next().unwrap().to_owned()
        }
    };
    let reset = json!({ "token": token, "password": "Lebih-kuat-2027!" });
    story.open("POST /api/auth/password/reset", &[], reset, 204).await;

    story.customer("GET /api/auth/me", &[], NONE, 200).await;
    let proof = json!({ "password": STAFF_PASSWORD });
    story.staff("POST /api/auth/step-up", &[], proof, 204).await;
    story.customer("GET /api/panel/profile", &[], NONE, 200).await;
    let change = json!({ "company": "PT Maju", "address": { "city": "Bandung" } });
    story.customer("PATCH /api/panel/profile", &[], change, 200).await;
}

/// What the customer bought.
pub struct Bought {
    pub subscription: String,
    pub instance: String,
}

pub async fn buying(story: &mut Story) -> Bought {
    let by_qris = json!({ "gateway": gateway::CODE, "method": "qris" });
    let placed = story.customer("POST /api/panel/orders", &[], House::order(), 201).await;
    let (order, invoice) = (text(&placed["order"]["id"]), text(&placed["invoice"]["id"]));
    story.customer("GET /api/panel/orders", &[], NONE, 200).await;
    story.customer("GET /api/panel/orders/{id}", &[&order], NONE, 200).await;
    let started = story.customer("POST /api/panel/invoices/{id}/payments", &[&invoice], by_qris, 201).await;
    let payment = text(&started["payment"]["id"]);
    let reference = text(&started["payment"]["reference"]);
    story.customer("GET /api/panel/payments/{id}", &[&payment], NONE, 200).await;
    story.customer("GET /api/panel/invoices", &[], NONE, 200).await;
    let told = story.customer("GET /api/panel/statement", &[], NONE, 200).await;
    story.customer("GET /api/panel/statement/pdf", &[], NONE, 200).await;
    assert_eq!(told["closing"], told["lines"].as_array().unwrap().last().unwrap()["balance"]);
    story.customer("GET /api/panel/invoices/{id}", &[&invoice], NONE, 200).await;
    story.customer("GET /api/panel/invoices/{id}/pdf", &[&invoice], NONE, 200).await;
    let by = started["payment"]["id"].as_str().unwrap();
    story.customer("GET /api/panel/payments/{id}/receipt", &[by], NONE, 404).await;
    let news: Value = serde_json::from_slice(&story.house.gateway.notification(&reference)).unwrap();
    story.open("POST /api/webhooks/{gateway}/notification", &[gateway::CODE], news.clone(), 200).await;
    let accounts = entity::payments::payment_account::Entity::find().all(&story.house.world.services.db).await.unwrap();
    let door = [gateway::CODE, accounts[0].token.as_str()];
    story.open("POST /api/webhooks/{gateway}/{account}/notification", &door, news, 200).await;
    story.customer("POST /api/panel/payments/{id}/cancel", &[&payment], NONE, 202).await;

    let several = json!({ "gateway": gateway::CODE, "method": "qris", "invoices": [invoice] });
    let together = story.customer("POST /api/panel/invoices/pay-together", &[], several, 201).await;
    assert_eq!(together["together"]["total"], together["together"]["payment"]["amount"]);

    let top_up = json!({ "gateway": gateway::CODE, "method": "qris", "amount": 50_000 });
    story.customer("POST /api/panel/wallet/topups", &[], top_up, 201).await;
    let running = story.house.running().await;
    story.customer("GET /api/panel/wallet", &[], NONE, 200).await;
    let moved = story.customer("GET /api/panel/wallet/transactions", &[], NONE, 200).await;
    assert!(moved["data"].as_array().is_some_and(|data| !data.is_empty()), "an empty list proves no shape");
    Bought { subscription: running.subscription_id.0, instance: running.id.0 }
}

/// From the wallet, and where that is short from a gateway.
pub async fn changing_the_plan(story: &mut Story, bought: &Bought) {
    let id = [bought.subscription.as_str()];
    let ghost = product::Entity::find().one(&story.house.world.services.db).await.unwrap().unwrap();
    story.house.world.plan(&ghost, "ghost-larger", 2, 20).await;
    story.house.world.gives(&story.house.buyer, 500_000).await;
    let plan = json!({ "plan": "ghost-larger" });
    let quote = story.customer("POST /api/panel/subscriptions/{id}/change-quote", &id, plan.clone(), 200).await;
    let sum: i64 = quote["lines"].as_array().unwrap().iter().map(|line| line["amount"].as_i64().unwrap()).sum();
    assert_eq!(quote["total"], sum);
    let agreed = json!({ "quote_id": quote["quote_id"] });
    story.customer("POST /api/panel/subscriptions/{id}/change", &id, agreed, 202).await;
    story.house.world.settle_down().await;
    let changed = story.customer("GET /api/panel/subscriptions/{id}", &id, NONE, 200).await;
    assert_eq!(changed["plan"]["code"], "ghost-larger");
    story.customer("POST /api/panel/subscriptions/{id}/change-quote", &id, json!({ "plan": "ghost-1" }), 422).await;
    let yearly = json!({ "plan": "ghost-larger", "cycle": "annually" });
    let renewed = json!({ "auto_renew": true });
    story.customer("PATCH /api/panel/subscriptions/{id}", &id, renewed, 200).await;
    let later = story.customer("POST /api/panel/subscriptions/{id}/change-at-renewal", &id, yearly, 200).await;
    assert_eq!(later["status"], "scheduled");
    let changed = story.customer("GET /api/panel/subscriptions/{id}", &id, NONE, 200).await;
    assert_eq!(changed["next_terms"]["cycle"], "annually");
    let ids = [bought.subscription.as_str(), later["id"].as_str().unwrap()];
    story.customer("POST /api/panel/subscriptions/{id}/changes/{change}/cancel", &ids, NONE, 200).await;
    let nothing = json!({ "plan": "ghost-larger", "cycle": "weekly" });
    story.customer("POST /api/panel/subscriptions/{id}/change-at-renewal", &id, nothing, 422).await;
    let unknown = json!({ "quote_id": "chg_0" });
    story.customer("POST /api/panel/subscriptions/{id}/change", &id, unknown.clone(), 404).await;

    // Staff do the same for him.
    story.house.world.plan(&ghost, "ghost-largest", 3, 20).await;
    let plan = json!({ "plan": "ghost-largest" });
    let quote = story.staff("POST /api/whm/subscriptions/{id}/change-quote", &id, plan, 200).await;
    let agreed = json!({ "quote_id": quote["quote_id"] });
    story.staff("POST /api/whm/subscriptions/{id}/change", &id, agreed, 202).await;
    story.house.world.settle_down().await;
    let yearly = json!({ "plan": "ghost-largest", "cycle": "annually" });
    let later = story.staff("POST /api/whm/subscriptions/{id}/change-at-renewal", &id, yearly, 200).await;
    let ids = [bought.subscription.as_str(), later["id"].as_str().unwrap()];
    story.staff("POST /api/whm/subscriptions/{id}/changes/{change}/cancel", &ids, NONE, 200).await;
    story.staff("POST /api/whm/subscriptions/{id}/change", &id, unknown, 404).await;
}

/// A contract that is paid after its slot fell back and the plan was sold out.
pub async fn waiting_for_room(story: &mut Story) {
    let placed = story.customer("POST /api/panel/orders", &[], House::order(), 201).await;
    let another = story.customer("POST /api/panel/orders", &[], House::order(), 201).await;
    let of = |placed: &Value| SubscriptionId(text(&placed["order"]["items"][0]["subscription_id"]));
    let (waits, too) = (of(&placed), of(&another));
    // Slots others gave back are taken first.
    story.house.world.settle_down().await;
    story.house.world.gives(&story.house.buyer, 200_000).await;
    let ctx = story.house.world.system();
    let tx = ctx.begin().await.unwrap();
    for id in [&waits, &too] {
        quota::release(&ctx, &tx, id).await.unwrap();
    }
    plan::Entity::update_many()
        .col_expr(plan::Column::QuotaUsed, Expr::col(plan::Column::QuotaTotal))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let invoice = text(&placed["invoice"]["id"]);
    let by_wallet = json!({ "gateway": "wallet" });
    for invoice in [&invoice, &text(&another["invoice"]["id"])] {
        story.customer("POST /api/panel/invoices/{id}/payments", &[invoice], by_wallet.clone(), 201).await;
    }
    story.house.world.settle_down().await;
    let waiting = story.customer("GET /api/panel/waitlist", &[], NONE, 200).await;
    let paid = waiting["data"].as_array().unwrap().iter().find(|one| one["subscription_id"] == waits.as_str()).unwrap();
    story.customer("POST /api/panel/waitlist/{id}/leave", &[&text(&paid["id"])], NONE, 404).await;
    let ended = story.customer("POST /api/panel/subscriptions/{id}/refund", &[waits.as_str()], NONE, 200).await;
    assert_eq!(ended["end_reason"], "no_capacity");
    story.customer("POST /api/panel/subscriptions/{id}/refund", &[waits.as_str()], NONE, 409).await;
    let (refund, id) = ("POST /api/whm/subscriptions/{id}/refund", [too.as_str()]);
    let waiting = story.customer("GET /api/panel/subscriptions/{id}", &id, NONE, 200).await;
    assert_eq!((&waiting["waiting_for_room"], &waiting["next_event"]["what"]), (&json!(true), &json!("refund")));
    let listed = story.customer("GET /api/panel/subscriptions", &[], NONE, 200).await;
    let listed = listed["data"].as_array().unwrap().iter().find(|one| one["id"] == too.as_str()).unwrap();
    assert_eq!(listed["next_event"], waiting["next_event"], "a list tells the same");
    story.staff(refund, &id, json!({ "reason": "" }), 422).await;
    let ended = story.staff(refund, &id, json!({ "reason": "Tidak ingin menunggu" }), 200).await;
    assert_eq!(ended["end_reason"], "no_capacity");
    story.staff(refund, &id, json!({ "reason": "Lagi" }), 409).await;
    let wanted = json!({ "plan": placed["order"]["items"][0]["plan"] });
    story.customer("POST /api/panel/waitlist", &[], json!({ "plan": "nothing" }), 422).await;
    let place = story.customer("POST /api/panel/waitlist", &[], wanted, 201).await;
    let all = story.staff("GET /api/whm/waitlist", &[], NONE, 200).await;
    assert!(all["data"].as_array().unwrap().iter().any(|one| one["id"] == place["id"]));
    story.customer("POST /api/panel/waitlist/{id}/leave", &[&text(&place["id"])], NONE, 204).await;
    story.customer("POST /api/panel/waitlist/{id}/leave", &[&text(&place["id"])], NONE, 404).await;
}
