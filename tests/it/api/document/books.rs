//! What the books are kept by: months, rules of staff, tax that customers withhold.
use super::story::{NONE, Story, text};
use entity::catalog::product;
use sea_orm::EntityTrait;
use serde_json::json;
use yumna::domain::customers;

/// Months are closed, and what accounts held at the beginning is entered.
pub async fn books_of_staff(story: &mut Story) {
    let held = json!({ "account": "bank", "day": "2026-09-01", "amount": 25_000_000 });
    let entered = story.staff("POST /api/whm/books/openings", &[], held.clone(), 201).await;
    let opening = text(&entered["opening"]["id"]);
    story.staff("POST /api/whm/books/openings", &[], held, 409).await;
    story.staff("GET /api/whm/books/openings", &[], NONE, 200).await;
    story.staff("GET /api/whm/books/deferred", &[], NONE, 200).await;
    story.staff("POST /api/whm/books/openings/{id}/reverse", &[&opening], NONE, 200).await;
    story.staff("POST /api/whm/books/openings/{id}/reverse", &[&opening], NONE, 409).await;
    let month = json!({ "month": "2026-09" });
    story.staff("POST /api/whm/books/periods/close", &[], month.clone(), 200).await;
    story.staff("POST /api/whm/books/periods/close", &[], month, 409).await;
    let again = json!({ "month": "2026-09", "reason": "Booked wrongly" });
    story.staff("POST /api/whm/books/periods/reopen", &[], again, 200).await;
    story.staff("GET /api/whm/books/periods", &[], NONE, 200).await;
    story.house.world.books_are_right().await;
}

/// Late fees, trials, debts that were given up.
pub async fn rules_of_staff(story: &mut Story) {
    let customer = story.house.customer_id().0.clone();
    let exemption = "GET /api/whm/customers/{id}/late-fee-exemption";
    assert_eq!(story.staff(exemption, &[&customer], NONE, 200).await["exemption"], NONE);
    let why = json!({ "reason": "Pelanggan lama" });
    let placed = story.staff("POST /api/whm/customers/{id}/late-fee-exemption", &[&customer], why, 200).await;
    assert_eq!(placed["exemption"]["reason"], "Pelanggan lama");
    story.staff("POST /api/whm/customers/{id}/late-fee-exemption/lift", &[&customer], NONE, 204).await;
    let product = product::Entity::find().one(&story.house.world.services.db).await.unwrap().unwrap();
    let trial = "POST /api/whm/products/{id}/trial";
    story.staff(trial, &[product.id.as_str()], json!({ "days": -1 }), 422).await;
    story.staff(trial, &[product.id.as_str()], json!({ "days": product.trial_days }), 204).await;
    let new = |day: &str| {
        json!({
            "country_code": "ID", "label": "PPN 12%", "rate_percent": 12, "base_num": 1, "base_den": 1, "valid_from": day,
        })
    };
    story.staff("POST /api/whm/tax-rules", &[], new("2020-01-01"), 422).await;
    let rule = story.staff("POST /api/whm/tax-rules", &[], new("2030-01-01"), 201).await;
    story.staff("POST /api/whm/tax-rules", &[], new("2029-01-01"), 422).await;
    let rules = story.staff("GET /api/whm/tax-rules", &[], NONE, 200).await;
    assert_eq!((&rules["data"][0], &rules["data"][1]["valid_until"]), (&rule, &json!("2030-01-01")));
    let withdraw = "POST /api/whm/tax-rules/{id}/withdraw";
    story.staff(withdraw, &[&text(&rule["id"])], NONE, 204).await;
    story.staff(withdraw, &[&text(&rule["id"])], NONE, 404).await;
    story.staff(withdraw, &[&text(&rules["data"][1]["id"])], NONE, 409).await;
    let given_up = story.staff("GET /api/whm/write-offs", &[], NONE, 200).await;
    assert_eq!(given_up["data"][0]["reason"], "Bankrupt");
}

/// Plans and products are changed to what they were.
pub async fn what_is_sold(story: &mut Story) {
    let all = story.staff("GET /api/whm/plans", &[], NONE, 200).await;
    let plan = all["data"][0].clone();
    let (id, product) = (text(&plan["id"]), text(&plan["product"]["id"]));
    let shown = story.staff("GET /api/whm/plans/{id}", &[&id], NONE, 200).await;
    assert_eq!(shown, plan);
    let price = &plan["prices"][0];
    let same = json!({ "cycle": price["cycle"], "amount": price["amount"], "setup_fee": price["setup_fee"] });
    let set_price = "POST /api/whm/plans/{id}/price";
    story.staff(set_price, &[&id], json!({ "cycle": "daily", "amount": 1, "setup_fee": 0 }), 422).await;
    story.staff(set_price, &[&id], same, 204).await;
    let set_quota = "POST /api/whm/plans/{id}/quota";
    story.staff(set_quota, &[&id], json!({ "quota_total": 0 }), 409).await;
    story.staff(set_quota, &[&id], json!({ "quota_total": plan["quota_total"] }), 204).await;
    let offered = json!({ "hidden": plan["hidden"] });
    story.staff("POST /api/whm/plans/{id}/visibility", &[&id], offered, 204).await;
    let offered = json!({ "hidden": plan["product"]["hidden"] });
    story.staff("POST /api/whm/products/{id}/visibility", &[&product], offered, 204).await;
    let allowed = json!({ "allowed": plan["product"]["allows_downgrade"] });
    story.staff("POST /api/whm/products/{id}/downgrades", &[&product], allowed, 204).await;
    assert_eq!(story.staff("GET /api/whm/plans/{id}", &[&id], NONE, 200).await, plan);
}

/// A shelf, a service of a template and its plans are added, changed and retired.
pub async fn what_is_added(story: &mut Story) {
    let shelf = json!({ "slug": "toko", "name_id": "Toko", "name_en": "Shops" });
    let shelf = story.staff("POST /api/whm/categories", &[], shelf, 201).await;
    story.staff("POST /api/whm/categories", &[], json!({ "slug": "toko", "name_id": "A", "name_en": "A" }), 422).await;
    let id = text(&shelf["id"]);
    assert_eq!(story.staff("GET /api/whm/categories/{id}", &[&id], NONE, 200).await, shelf);
    let changed = story.staff("PATCH /api/whm/categories/{id}", &[&id], json!({ "position": 9 }), 200).await;
    assert_eq!((&changed["position"], &changed["name_en"]), (&json!(9), &json!("Shops")));
    story.staff("POST /api/whm/categories/{id}/visibility", &[&id], json!({ "hidden": false }), 204).await;
    let all = story.staff("GET /api/whm/categories", &[], NONE, 200).await;
    assert!(all["data"].as_array().unwrap().contains(&changed));

    let source = crate::support::shop::N8N.replacen("id = \"n8n\"", "id = \"n8n-two\"", 1);
    let template = story.staff("POST /api/whm/templates", &[], json!({ "source": source }), 200).await;
    story.staff("POST /api/whm/templates", &[], json!({ "source": "schema = 1" }), 422).await;
    let template_id = text(&template["id"]);
    let agreed = json!({ "note": "Contract 2026/17" });
    let agree = "POST /api/whm/templates/{id}/agreement";
    story.staff(agree, &[&template_id], json!({ "note": "" }), 422).await;
    story.staff(agree, &[&template_id], agreed, 204).await;
    let templates = story.staff("GET /api/whm/templates", &[], NONE, 200).await;
    let stored = templates["data"].as_array().unwrap().iter().find(|one| one["id"] == template["id"]).unwrap();
    assert_eq!(stored["agreement"], "Contract 2026/17");

    let new = json!({
        "category_id": id, "template_id": template_id, "name": "n8n", "tagline_id": "Otomasi", "tagline_en": "Automation",
    });
    let product = story.staff("POST /api/whm/products", &[], new.clone(), 201).await;
    assert_eq!((&product["slug"], &product["hidden"]), (&json!("n8n-two"), &json!(true)));
    story.staff("POST /api/whm/products", &[], new, 422).await;
    let id = text(&product["id"]);
    assert_eq!(story.staff("GET /api/whm/products/{id}", &[&id], NONE, 200).await, product);
    let featured = json!({ "featured": true, "purchase_policy": "multiple" });
    let product = story.staff("PATCH /api/whm/products/{id}", &[&id], featured, 200).await;
    assert_eq!((&product["featured"], &product["purchase_policy"]), (&json!(true), &json!("multiple")));
    story.staff("PATCH /api/whm/products/{id}", &[&id], json!({ "driver": "steam" }), 422).await;
    let all = story.staff("GET /api/whm/products", &[], NONE, 200).await;
    assert!(all["data"].as_array().unwrap().contains(&product));

    let option = json!({
        "code": "support", "kind": "choice", "name_id": "Dukungan", "name_en": "Support",
        "values": [{ "code": "fast", "name_id": "Cepat", "name_en": "Fast" }],
    });
    let option = story.staff("POST /api/whm/products/{id}/options", &[&id], option, 201).await;
    let option_id = text(&option["id"]);
    let wish = json!({ "code": "x", "kind": "wish", "name_id": "X", "name_en": "X" });
    story.staff("POST /api/whm/products/{id}/options", &[&id], wish, 422).await;
    let price = json!({ "value": "fast", "cycle": "monthly", "amount": 25_000 });
    let priced = story.staff("POST /api/whm/options/{id}/price", &[&option_id], price, 200).await;
    assert_eq!(priced["values"][0]["prices"][0]["amount"], 25_000);
    let nothing = json!({ "value": "slow", "cycle": "monthly", "amount": 25_000 });
    story.staff("POST /api/whm/options/{id}/price", &[&option_id], nothing, 422).await;
    let named = story.staff("PATCH /api/whm/options/{id}", &[&option_id], json!({ "name_en": "Help" }), 200).await;
    assert_eq!((&named["name_en"], &named["name_id"]), (&json!("Help"), &json!("Dukungan")));
    assert_eq!(story.staff("GET /api/whm/options/{id}", &[&option_id], NONE, 200).await, named);
    let all = story.staff("GET /api/whm/products/{id}/options", &[&id], NONE, 200).await;
    assert_eq!(all["data"], json!([named]));
    let gone = json!({ "value": "fast", "cycle": "monthly" });
    story.staff("POST /api/whm/options/{id}/price/remove", &[&option_id], gone.clone(), 200).await;
    story.staff("POST /api/whm/options/{id}/price/remove", &[&option_id], gone, 422).await;
    for _ in 0..2 {
        story.staff("POST /api/whm/options/{id}/retire", &[&option_id], NONE, 204).await;
    }
    story.staff("PATCH /api/whm/options/{id}", &[&option_id], json!({ "name_en": "X" }), 409).await;

    let plan = json!({
        "code": "two-basic", "name": "Basic", "tier": 1, "cpu_milli": 500, "memory_mb": 1024, "storage_gb": 5,
        "quota_total": 3, "prices": [{ "cycle": "days_10", "amount": 12_000, "setup_fee": 0 }],
    });
    let plan = story.staff("POST /api/whm/products/{id}/plans", &[&id], plan, 201).await;
    assert_eq!(plan["prices"][0]["cycle"], "days_10");
    let plan_id = text(&plan["id"]);
    let plan = story.staff("PATCH /api/whm/plans/{id}", &[&plan_id], json!({ "memory_mb": 2048 }), 200).await;
    assert_eq!(plan["memory_mb"], 2048);
    let rows = json!({
        "features": [{ "label_id": "Pengguna", "label_en": "Users", "value_id": "5", "value_en": "5" }],
    });
    let plan = story.staff("POST /api/whm/plans/{id}/features", &[&plan_id], rows, 200).await;
    let copy = json!({ "code": "two-pro", "name": "Pro" });
    let copy = story.staff("POST /api/whm/plans/{id}/copy", &[&plan_id], copy, 201).await;
    assert_eq!((&copy["features"], &copy["hidden"]), (&plan["features"], &json!(true)));
    let gone = json!({ "cycle": "days_10" });
    story.staff("POST /api/whm/plans/{id}/price/remove", &[&plan_id], gone.clone(), 204).await;
    story.staff("POST /api/whm/plans/{id}/price/remove", &[&plan_id], gone, 404).await;
    story.staff("POST /api/whm/plans/{id}/retire", &[&plan_id], NONE, 204).await;
    story.staff("POST /api/whm/plans/{id}/visibility", &[&plan_id], json!({ "hidden": false }), 409).await;
    story.staff("POST /api/whm/products/{id}/retire", &[&id], NONE, 204).await;
    let late = json!({
        "code": "two-late", "name": "L", "tier": 1, "cpu_milli": 1, "memory_mb": 1, "storage_gb": 1, "quota_total": 1,
    });
    story.staff("POST /api/whm/products/{id}/plans", &[&id], late, 409).await;
}

/// Tax that a customer withholds, proven, taken back and not withheld after all.
pub async fn withheld_tax(story: &mut Story) {
    let customer = story.house.customer_id().clone();
    let db = story.house.world.services.db.clone();
    let duties = "POST /api/whm/customers/{id}/tax-duties";
    let wrong = json!({ "vat_collector": "king", "withholds_income_tax": true, "reason": "x" });
    story.staff(duties, &[customer.as_str()], wrong, 422).await;
    let row = customers::get(&db, &customer).await.unwrap();
    let bill = story.house.world.invoice(&row, &[100_000]).await.id;
    let declare = "POST /api/whm/invoices/{id}/withholding";
    story.staff(declare, &[bill.as_str()], NONE, 409).await;
    let right = json!({ "vat_collector": null, "withholds_income_tax": true, "reason": "PT" });
    story.staff(duties, &[customer.as_str()], right, 204).await;
    let row = story.staff(declare, &[bill.as_str()], NONE, 200).await;
    assert_eq!((&row["status"], &row["amount"]), (&json!("outstanding"), &json!(2_000)));
    let id = [text(&row["id"])];
    let id = [id[0].as_str()];
    story.staff("GET /api/whm/withholdings", &[], NONE, 200).await;
    let prove = "POST /api/whm/withholdings/{id}/prove";
    let proof = json!({ "number": "2500000123", "date": "2026-11-20" });
    story.staff(prove, &id, json!({ "number": "", "date": "2026-11-20" }), 422).await;
    let proven = story.staff(prove, &id, proof.clone(), 200).await;
    assert_eq!(proven["status"], "received");
    story.staff(prove, &id, proof, 200).await;
    let why = json!({ "reason": "Atas nama perusahaan lain" });
    let back = story.staff("POST /api/whm/withholdings/{id}/revert", &id, why, 200).await;
    assert_eq!(back["status"], "reverted");
    let again = story.staff(declare, &[bill.as_str()], NONE, 200).await;
    let again = text(&again["id"]);
    let gone = story.staff("POST /api/whm/withholdings/{id}/withdraw", &[&again], NONE, 200).await;
    assert_eq!(gone["status"], "withdrawn");
    story
        .staff(duties, &[customer.as_str()], json!({ "withholds_income_tax": false, "reason": "Tidak lagi" }), 204)
        .await;
    let facts = "PATCH /api/whm/customers/{id}";
    story.staff(facts, &[customer.as_str()], json!({ "nitku": "000003" }), 422).await;
    let right = json!({ "npwp": "0018550814412000", "nitku": "0018550814412000000003" });
    let changed = story.staff(facts, &[customer.as_str()], right, 200).await;
    assert_eq!(changed["nitku"], "0018550814412000000003");
    story.staff(facts, &[customer.as_str()], json!({ "npwp": "", "nitku": "" }), 200).await;
    let exemption = "POST /api/whm/customers/{id}/tax-exemption";
    story.staff(exemption, &[customer.as_str()], json!({ "reason": " " }), 422).await;
    story.staff(exemption, &[customer.as_str()], json!({ "reason": "SKB PPN KET-12/2026" }), 204).await;
    let told = story.staff("GET /api/whm/customers/{id}", &[customer.as_str()], NONE, 200).await;
    assert_eq!((&told["tax_exempt_reason"], &told["tax_country"]), (&json!("SKB PPN KET-12/2026"), &json!("ID")));
    story.staff(exemption, &[customer.as_str()], json!({ "reason": null }), 204).await;
    story.house.world.books_are_right().await;
}
