//! Whatever is sent to the API, the answer is clear: a problem document below 500, and nothing half done.
use super::{
    bad_forms::share,
    routes::{self, Route, document},
};
use crate::support::{
    people::PASSWORD,
    site::{Answer, Program},
    snapshot::{Snapshot, changed, left_behind, overfull},
    town::Town,
};
use entity::value::next_ulid;
use serde_json::{Value, json};

/// Largest body, as the contract says.
const LIMIT_BYTES: usize = 1024 * 1024;
/// Largest body that holds a file.
const UPLOAD_LIMIT_BYTES: usize = 7 * 1024 * 1024;
/// Largest notification.
const NOTIFICATION_LIMIT_BYTES: usize = 256 * 1024;

/// What every address with a body takes.
pub fn good_body(route: &Route, town: &Town) -> Value {
    let contract = json!({ "subscription_id": town.id("subscription"), "reason": "abuse" });
    match route.name().as_str() {
        "POST /api/auth/register" => {
            json!({ "name": "Wati", "email": "wati@example.test", "password": PASSWORD, "locale": "id" })
        }
        "POST /api/auth/verification/resend" | "POST /api/auth/password/forgot" => {
            json!({ "email": "andi@example.test" })
        }
        "POST /api/auth/password/reset" => json!({ "token": "x", "password": PASSWORD }),
        "POST /api/auth/login" => json!({ "email": "andi@example.test", "password": PASSWORD, "otp": "123456" }),
        "POST /api/auth/refresh" => json!({ "refresh_token": "x" }),
        "POST /api/auth/step-up" => json!({ "password": PASSWORD }),
        "PATCH /api/panel/profile" | "PATCH /api/whm/customers/{id}" => json!({
            "name": "Andi", "company": "CV Andi", "phone": "+628123456789", "npwp": "", "nitku": "", "locale": "id",
            "address": {
                "street_1": "Jalan Melati 1", "street_2": "Lantai 2", "city": "Jakarta", "state": "DKI Jakarta",
                "postal_code": "10110", "country_code": "ID",
            },
        }),
        "POST /api/panel/orders" => {
            json!({ "items": [{ "plan": "ghost-basic", "cycle": "monthly", "config": { "title": "x" } }], "coupon": "X" })
        }
        "POST /api/panel/wallet/topups" => {
            json!({ "amount": 50_000, "gateway": "scripted", "method": "bank_transfer", "bank": "bca" })
        }
        "POST /api/panel/invoices/pay-together" => json!({
            "invoices": [town.id("invoice")], "gateway": "scripted", "method": "bank_transfer", "bank": "bca",
        }),
        "POST /api/panel/invoices/{id}/payments" => {
            json!({ "gateway": "scripted", "method": "bank_transfer", "bank": "bca" })
        }
        "POST /api/panel/quotes/{id}/accept" => json!({ "config": { "1": { "title": "Toko" } } }),
        "POST /api/panel/quotes/{id}/decline" => json!({ "reason": "Terlalu mahal" }),
        "POST /api/whm/quotes" => json!({
            "customer_id": town.id("customer"), "valid_until": "2026-12-12", "intro": "Halo", "terms": "Tunai",
            "lines": [
                { "plan": "ghost-basic", "cycle": "monthly", "quantity": 2, "price": 45_000, "setup_fee": 0, "reason": "x" },
                { "description": "Pelatihan", "quantity": 1, "price": 250_000 },
            ],
        }),
        "PATCH /api/whm/quotes/{id}" => json!({
            "valid_until": "2026-12-12", "intro": "Halo", "terms": "Tunai",
            "lines": [{ "id": town.id("quote_line"), "plan": "ghost-pro", "cycle": "monthly", "quantity": 1 }],
        }),
        "POST /api/whm/quotes/{id}/withdraw" => json!({ "reason": "Salah harga" }),
        "PATCH /api/panel/instances/{id}/environment" | "PATCH /api/whm/instances/{id}/environment" => {
            json!({ "revision": 0, "values": { "title": "Toko Andi" } })
        }
        "PATCH /api/panel/subscriptions/{id}" => json!({ "auto_renew": true }),
        "POST /api/panel/subscriptions/{id}/cancel" => json!({ "when": "period_end", "reason": "Pindah" }),
        "POST /api/panel/subscriptions/{id}/change-quote" | "POST /api/whm/subscriptions/{id}/change-quote" => {
            json!({ "plan": "ghost-pro" })
        }
        "POST /api/panel/subscriptions/{id}/change-at-renewal"
        | "POST /api/whm/subscriptions/{id}/change-at-renewal" => {
            json!({ "plan": "ghost-basic", "cycle": "annually" })
        }
        "POST /api/panel/subscriptions/{id}/change" | "POST /api/whm/subscriptions/{id}/change" => json!({
            "quote_id": town.id("plan_change"),
            "payment": { "gateway": "scripted", "method": "bank_transfer", "bank": "bca" },
        }),
        "POST /api/whm/customers/{id}/close" | "POST /api/whm/customers/{id}/payout" => json!({
            "reason": "Pindah", "bank_name": "BCA", "account_holder": "Lia", "account_number": "1234567890",
        }),
        "POST /api/whm/customers/{id}/reopen" => json!({ "reason": "Kembali" }),
        "POST /api/whm/subscriptions/{id}/refund" => json!({ "reason": "Tidak ingin menunggu" }),
        "POST /api/whm/subscriptions/{id}/grace" => json!({ "days": 7, "reason": "Gaji terlambat" }),
        "POST /api/whm/customers/{id}/merge" => json!({ "into": town.id("customer"), "reason": "Mendaftar dua kali" }),
        "POST /api/whm/payouts/{id}/confirm" => json!({ "bank_reference": "BCA-0001" }),
        "POST /api/whm/payouts/{id}/return" | "POST /api/whm/payouts/{id}/cancel" => json!({ "reason": "Salah nomor" }),
        "POST /api/whm/payouts/{id}/again" => json!({
            "bank_name": "BCA", "account_holder": "Lia", "account_number": "1234567890",
        }),
        "PATCH /api/panel/wallet" => json!({ "auto_debit": true }),
        "POST /api/whm/customers/{id}/renewing" => json!({ "auto_debit": true, "separate_invoices": true }),
        "POST /api/whm/customers/{id}/credit-limit" => json!({ "amount": 1_000, "reason": "Pelanggan lama" }),
        "POST /api/whm/customers/{id}/wallet/adjust" => json!({ "amount": 1_000, "reason": "Maaf" }),
        "POST /api/whm/invoices" => json!({
            "customer_id": town.id("customer"), "due": "2026-12-12", "notes": "Tahap pertama", "issue": false,
            "lines": [{ "description": "Pelatihan", "quantity": 1, "price": 250_000 }],
        }),
        "PATCH /api/whm/invoices/{id}" => json!({
            "due": "2026-12-12", "notes": "Tahap kedua", "lines": [{ "description": "Pelatihan", "price": 250_000 }],
        }),
        "POST /api/whm/invoices/{id}/void" => json!({ "reason": "Salah" }),
        "POST /api/whm/books/periods/close" => json!({ "month": "2026-10" }),
        "POST /api/whm/books/periods/reopen" => json!({ "month": "2026-10", "reason": "Salah catat" }),
        "POST /api/whm/books/openings" => json!({ "account": "bank", "day": "2026-11-01", "amount": 5_000_000 }),
        "POST /api/whm/invoices/{id}/write-off" => json!({ "reason": "Pailit" }),
        "POST /api/whm/invoices/{id}/credit-notes" => json!({ "amount": 1_000, "reason": "Potongan" }),
        "POST /api/whm/payments/{id}/refund" => json!({ "amount": 1_000, "reason": "Salah", "to": "wallet" }),
        "POST /api/panel/payments/{id}/proof" => json!({ "file": "iVBORw0KGgoAAAANSUhEUg==", "note": "Dari istri" }),
        "POST /api/panel/withholdings/{id}/prove" => {
            json!({ "number": "2500000123", "date": "2026-11-20", "file": "JVBERi0xLjcK" })
        }
        "POST /api/whm/payments/{id}/approve" => json!({ "amount": 1_000, "received_on": "2026-11-21" }),
        "POST /api/whm/payments/{id}/reject" => json!({ "reason": "Buram" }),
        "POST /api/whm/differences/{id}/close" => json!({ "reason": "Sudah dicek di dasbor" }),
        "POST /api/whm/report-mails" => json!({ "report": "revenue", "rhythm": "monthly" }),
        "POST /api/whm/disputes/{id}/fee" => json!({ "amount": 25_000, "note": "Surel gateway" }),
        "POST /api/whm/disputes/{id}/fee-back" => json!({ "note": "Surel gateway" }),
        "POST /api/whm/disputes/{id}/won" | "POST /api/whm/disputes/{id}/lost" => json!({ "note": "Bukti pemakaian" }),
        "POST /api/whm/withholdings/{id}/prove" => {
            json!({ "number": "2500000123", "date": "2026-11-20", "amount": 2_000 })
        }
        "POST /api/whm/withholdings/{id}/revert" => json!({ "reason": "Atas nama perusahaan lain" }),
        "POST /api/whm/customers/{id}/tax-duties" => {
            json!({ "vat_collector": "government", "withholds_income_tax": true, "reason": "SK penunjukan" })
        }
        "POST /api/whm/customers/{id}/tax-country" => json!({ "country_code": "ID", "reason": "Akta pendirian" }),
        "POST /api/whm/orders/{id}/cancel" => json!({ "reason": "Salah pesan" }),
        "POST /api/whm/payments/{id}/decide" => json!({ "verdict": "accept" }),
        "POST /api/whm/coupons" => json!({
            "code": "BARU25", "kind": "percent", "value": 2_500, "renewals": 2, "scope": ["ghost-basic"],
            "cycles": ["monthly"], "includes_setup": true, "is_for_new_customers": false, "minimum": 10_000,
            "max_uses": 100, "max_uses_per_customer": 1, "starts_on": "2026-11-01", "ends_on": "2026-12-12",
            "note": "Musim hujan",
        }),
        "PATCH /api/whm/coupons/{id}" => json!({
            "code": "HEMAT11", "kind": "amount", "value": 5_000, "renewals": null, "scope": ["ghost"],
            "cycles": ["annually"], "includes_setup": false, "is_for_new_customers": true, "minimum": 0,
            "max_uses": null, "max_uses_per_customer": 2, "starts_on": null, "ends_on": "2027-01-31", "note": "x",
        }),
        "PATCH /api/whm/settings/{section}" => json!({
            "name": "Yumna Cloud", "legal_name": "PT Yumna", "street": "Jl. Merdeka 1", "city": "Bandung",
            "state": "Jawa Barat", "postal_code": "40115", "country_code": "ID", "phone": "+6222123456",
            "email": "halo@yumna.test", "npwp": "", "bank_name": "BCA", "bank_account": "123",
            "bank_account_name": "PT Yumna",
        }),
        "POST /api/whm/customers/{id}/tax-exemption" => json!({ "reason": "SKB PPN No. KET-12/2026" }),
        "POST /api/whm/tax-rules" => json!({
            "country_code": "ID", "label": "PPN 12%", "rate_percent": 12, "base_num": 11, "base_den": 12,
            "valid_from": "2031-01-01",
        }),
        "POST /api/whm/customers/{id}/late-fee-exemption" => json!({ "reason": "Pelanggan lama" }),
        "POST /api/whm/products/{id}/trial" => json!({ "days": 14 }),
        "POST /api/whm/products/{id}/downgrades" => json!({ "allowed": true }),
        "POST /api/whm/plans/{id}/visibility" | "POST /api/whm/products/{id}/visibility" => json!({ "hidden": false }),
        "POST /api/whm/plans/{id}/price" => json!({ "cycle": "monthly", "amount": 60_000, "setup_fee": 0 }),
        "POST /api/whm/categories" => json!({ "slug": "toko", "name_id": "Toko", "name_en": "Shops", "position": 2 }),
        "PATCH /api/whm/categories/{id}" => json!({ "name_id": "Aplikasi", "name_en": "Apps", "position": 1 }),
        "POST /api/whm/categories/{id}/visibility" => json!({ "hidden": false }),
        "POST /api/whm/products" => json!({
            "category_id": town.id("category"), "template_id": town.id("unsold_template"), "name": "n8n",
            "tagline_id": "Otomasi kerja", "tagline_en": "Automate work", "description_id": "Tanpa kode.",
            "description_en": "Without code.", "kind": "paas_service", "driver": "kubernetes",
            "purchase_policy": "multiple", "featured": true, "position": 3, "hidden": true,
        }),
        "PATCH /api/whm/products/{id}" => json!({
            "category_id": town.id("category"), "template_id": town.id("template"), "name": "Ghost",
            "tagline_id": "Terbitkan", "tagline_en": "Publish", "description_id": "Blog.", "description_en": "Blog.",
            "kind": "paas_service", "driver": "kubernetes", "purchase_policy": "multiple", "featured": true,
            "position": 3,
        }),
        "POST /api/whm/products/{id}/plans" => json!({
            "code": "ghost-mini", "name": "Mini", "tier": 1, "cpu_milli": 250, "memory_mb": 512, "storage_gb": 2,
            "quota_total": 20, "hidden": true,
            "prices": [{ "cycle": "days_10", "amount": 12_000, "setup_fee": 0 }],
            "features": [{ "label_id": "Pengguna", "label_en": "Users", "value_id": "5", "value_en": "5" }],
        }),
        "POST /api/whm/products/{id}/options" => json!({
            "code": "reports", "kind": "choice", "name_id": "Laporan", "name_en": "Reports", "required": false,
            "min": 1, "max": 10, "position": 2,
            "values": [{ "code": "weekly", "name_id": "Mingguan", "name_en": "Weekly" }],
        }),
        "PATCH /api/whm/options/{id}" => json!({
            "name_id": "Dukungan", "name_en": "Support", "required": false, "min": 1, "max": 10, "position": 2,
            "values": [{ "code": "fast", "name_id": "Cepat", "name_en": "Fast" }],
        }),
        "POST /api/whm/options/{id}/price" => {
            json!({ "value": "fast", "cycle": "monthly", "amount": 25_000, "tax_included": false })
        }
        "POST /api/whm/options/{id}/price/remove" => json!({ "value": "fast", "cycle": "annually" }),
        "PATCH /api/whm/plans/{id}" => {
            json!({ "name": "Basic", "tier": 1, "cpu_milli": 500, "memory_mb": 1_024, "storage_gb": 5 })
        }
        "POST /api/whm/plans/{id}/copy" => json!({ "code": "ghost-basic-2", "name": "Basic 2" }),
        "POST /api/whm/plans/{id}/features" => json!({
            "features": [{ "label_id": "Pengguna", "label_en": "Users", "value_id": "5", "value_en": "5" }],
        }),
        "POST /api/whm/plans/{id}/price/remove" => json!({ "cycle": "annually" }),
        "POST /api/whm/templates" => json!({ "source": "schema = 1" }),
        "POST /api/whm/templates/{id}/agreement" => json!({ "note": "Surat 12/2026" }),
        "POST /api/panel/instances/{id}/custom-domains" => json!({ "host": "blog.example.id" }),
        "POST /api/panel/waitlist" => json!({ "plan": "ghost-pro" }),
        "POST /api/whm/plans/{id}/quota" => json!({ "quota_total": 400 }),
        "POST /api/whm/settlements" => {
            json!({ "account_id": town.id("account"), "content": "Order ID,Amount\nSTRANGEST,1000\n" })
        }
        "POST /api/whm/settlements/{id}/columns" => json!({
            "reference": "Order ID", "external_id": "", "kind": "", "amount": "Amount", "fee": "", "tax": "",
            "net": "", "day": "",
        }),
        "POST /api/whm/settlement-lines/{id}/match" => {
            json!({ "reference": "INV-1", "reason": "Nomornya salah ketik" })
        }
        "POST /api/whm/settlement-lines/{id}/unallocated" | "POST /api/whm/settlement-lines/{id}/dismiss" => {
            json!({ "reason": "Tidak ada tagihannya" })
        }
        "POST /api/whm/unallocated/{id}/allocate" => {
            json!({ "customer_id": town.id("customer"), "reason": "Bukti dari pelanggan" })
        }
        "POST /api/whm/unallocated/{id}/return" => json!({ "bank_reference": "BCA-0001", "reason": "Salah kirim" }),
        "POST /api/whm/customers/{id}/notes" => json!({ "body": "Telepon pagi hari" }),
        "POST /api/whm/payment-accounts" => json!({
            "gateway": "scripted", "name": "Kedua", "enabled": true, "default": false, "position": 20, "base_url": "",
            "settings": { "server_key": "k2", "note": "cadangan" },
        }),
        "PATCH /api/whm/payment-accounts/{id}" => json!({
            "name": "Utama", "enabled": true, "default": true, "position": 10, "base_url": "",
            "settings": { "server_key": "k3", "note": "utama" },
        }),
        "POST /api/whm/payment-accounts/{id}/ways" => json!({ "offered": ["qris", "bank_transfer:bca"] }),
        "POST /api/whm/take-over" => {
            json!({ "kind": "customers", "source": "whmcs", "content": "id,name,email\n1,Tuti,tuti@example.test\n" })
        }
        "POST /api/whm/take-over/{id}/columns" => json!({
            "columns": { "key": "id", "name": "name", "email": "email" },
            "options": {
                "link_known_mail": true, "invite": false, "allow_over_quota": false, "bill_overdue": false,
                "prices_include_tax": false,
            },
        }),
        "POST /api/whm/take-over/{id}/start" => json!({ "seen": town.id("import_seen") }),
        "POST /api/whm/setup/selling" => json!({ "is_selling": true }),
        "POST /api/whm/staff" => {
            json!({ "email": "rini@example.test", "name": "Rini", "roles": ["support", "billing"] })
        }
        "POST /api/whm/staff/{id}/roles" => json!({ "roles": ["support"] }),
        "POST /api/whm/tasks/{id}/solved"
        | "POST /api/whm/tasks/{id}/without-backup"
        | "POST /api/whm/tasks/{id}/turn-back" => json!({ "reason": "Sudah dibuat" }),
        "POST /api/whm/clusters/{id}/status" => json!({ "status": "active" }),
        "PATCH /api/whm/clusters/{id}/capacity" => json!({
            "capacity_cpu_milli": 640_000, "capacity_memory_mb": 640_000, "cpu_ratio_percent": 250,
            "memory_ratio_percent": 100, "reserve_percent": 35,
        }),
        "POST /api/whm/nodes/{id}/drain" => json!({ "confirm": "no" }),
        "POST /api/whm/orphans/{id}/remove" => json!({ "confirm": "no", "reason": "Sisa uji coba" }),
        "POST /api/whm/mail/retry-failed" => json!({ "days": 3 }),
        "POST /api/whm/suppressions" => json!({ "address": "keluar@example.test", "reason": "Minta berhenti" }),
        "POST /api/whm/suppressions/remove" => json!({ "address": "keluar@example.test" }),
        "POST /api/whm/pauses" => {
            json!({ "scope": "everything", "holds": "mails", "ends_at": "2026-12-01T00:00:00Z", "reason": "Banjir" })
        }
        "POST /api/whm/clusters" => json!({
            "name": "Jakarta 3", "driver": "kubernetes", "region": "jkt", "capacity_cpu_milli": 1_000,
            "capacity_memory_mb": 1_000, "settings": { "kubeconfig": "x", "ingress_domain": "apps.localhost" },
        }),
        "PATCH /api/whm/clusters/{id}/settings" => json!({ "settings": { "kubeconfig": "y" } }),
        name if name.starts_with("POST /api/whm/services/") => contract,
        name => panic!("say in good_body what {name} takes"),
    }
}

/// What is put in the place of every value, as JSON text.
fn bad_values() -> Vec<String> {
    let mut values: Vec<String> = [
        "null",
        "true",
        "0",
        "-1",
        "0.5",
        "1e400",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "1e18",
        "\"\"",
        "\"   \"",
        "[]",
        "{}",
        "[[1]]",
        "{\"a\":{\"b\":1}}",
        r#""\u0000""#,
        r#""a\u0000b""#,
        r#""a\u0007b""#,
        r#""a\r\nBcc: b@example.test""#,
        r#""\ud800""#,
        r#""\u202egnitirw""#,
        r#""😀 Ünïcödé 漢字 עברית""#,
        r#""'; DROP TABLE users; --""#,
        r#""<script>alert(1)</script>""#,
    ]
    .map(str::to_owned)
    .into();
    values.extend([5_000, 300_000].map(|length| format!("\"{}\"", "x".repeat(length))));
    values
}

/// Bodies that are no object of the right shape.
fn bad_bodies() -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = [
        "",
        " ",
        "nothing",
        "{",
        "{\"a\":",
        "[]",
        "null",
        "true",
        "1",
        "\"text\"",
        "{}",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\":1}{\"a\":1}",
        "\u{feff}{}",
        "NaN",
        "{\"a\":\"\\ud800\"}",
        "{\"a\\u0000\":1}",
        "{\"surprise\":[1]}",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    bodies.push(vec![0xff, 0xfe, 0x00]);
    bodies.push(b"{\"name\":\"\xff\xfe\"}".to_vec());
    bodies.push(vec![0; 100]);
    bodies.push("[".repeat(100_000).into_bytes());
    bodies.push("{\"a\":".repeat(100_000).into_bytes());
    bodies
}

/// The places of all values in `value`.
fn pointers(value: &Value, here: &str) -> Vec<String> {
    let below: Vec<String> = match value {
        Value::Object(members) => {
            members.iter().flat_map(|(name, value)| pointers(value, &format!("{here}/{name}"))).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(at, value)| pointers(value, &format!("{here}/{at}"))).collect()
        }
        _ => Vec::new(),
    };
    let own = (!here.is_empty()).then(|| here.to_owned());
    own.into_iter().chain(below).collect()
}

/// The good body with every value replaced by every bad one, and without it.
fn mutations(good: &Value) -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    for (at, pointer) in pointers(good, "").into_iter().enumerate() {
        let mut marked = good.clone();
        *marked.pointer_mut(&pointer).unwrap() = json!("@here");
        let text = marked.to_string();
        bodies.extend(share(at, bad_values()).iter().map(|bad| text.replace("\"@here\"", bad).into_bytes()));
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut without = good.clone();
        if let Some(parent) = without.pointer_mut(parent).and_then(Value::as_object_mut) {
            parent.remove(name);
            bodies.push(without.to_string().into_bytes());
        }
    }
    bodies
}

fn shown(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned()
}

/// A clear answer: success, or a problem document that says what it is.
fn is_clear(answer: &Answer, what: &str) {
    assert!(answer.status < 500, "{what}: {} {}", answer.status, answer.body);
    if answer.status >= 400 {
        let problem = answer.json();
        assert_eq!(answer.header("content-type"), "application/problem+json", "{what}: {}", answer.body);
        assert_eq!(problem["status"], answer.status, "{what}");
        assert!(!answer.code().is_empty() && !problem["detail"].as_str().unwrap().is_empty(), "{what}");
        assert!(answer.body.len() < 4_000, "{what}: {}", answer.body);
    }
}

/// Addresses with a body of ours; notifications come in their vendors' formats and are tested by themselves.
pub fn with_body() -> Vec<Route> {
    let document = document();
    let has_body =
        |route: &Route| !document["paths"][&route.pattern][route.method.to_lowercase()]["requestBody"].is_null();
    let is_ours = |route: &Route| !route.pattern.starts_with("/api/webhooks/");
    let routes: Vec<Route> = routes::api().into_iter().filter(has_body).filter(is_ours).collect();
    assert!(routes.len() > 20, "{routes:?}");
    routes
}

/// Whoever may call it.
async fn caller<'a>(town: &'a Town, route: &Route) -> Program<'a> {
    if route.pattern.starts_with("/api/whm/") || route.pattern == "/api/auth/step-up" {
        let admin = town.program_of("admin").await;
        let proof = json!({ "password": PASSWORD });
        assert_eq!(admin.call("POST", "/api/auth/step-up", &proof).await.status, 204);
        admin
    } else {
        town.owner_program().await
    }
}

/// Sends `body` and looks whether anything was left behind by what was refused.
async fn send(town: &Town, who: &Program<'_>, route: &Route, body: &[u8], before: &mut Snapshot) -> Answer {
    let request = who.request(&route.method, &route.here(town)).header("content-type", "application/json");
    let request = request.header("idempotency-key", next_ulid().to_string());
    let answer = who.send(request.body(body.to_vec())).await;
    let what = format!("{} {}", route.name(), shown(body));
    is_clear(&answer, &what);
    let after = town.world.row_counts().await;
    if answer.status >= 400 {
        assert_eq!(changed(before, &after), Vec::<String>::new(), "{what}: {}", answer.body);
    }
    *before = after;
    answer
}

async fn every_bad_body_below(start: &str) {
    let town = Town::new().await;
    for route in with_body().into_iter().filter(|route| route.pattern.starts_with(start)) {
        let who = caller(&town, &route).await;
        let mut before = town.world.row_counts().await;
        let good = good_body(&route, &town);
        for body in bad_bodies().into_iter().chain(mutations(&good)) {
            let answer = send(&town, &who, &route, &body, &mut before).await;
            if String::from_utf8_lossy(&body).contains("\\u0000") {
                assert!(answer.status >= 400, "{} took {}", route.name(), shown(&body));
            }
        }
        let overfull = overfull(&town.world.snapshot().await);
        assert!(overfull.is_empty(), "{} lets {overfull:?} keep a text without end", route.name());
        let empty = send(&town, &who, &route, b"{}", &mut before).await;
        let surprised = send(&town, &who, &route, br#"{"surprise":{"of":[1]}}"#, &mut before).await;
        if route.pattern == "/api/whm/settings/{section}" {
            // A setting that is misspelt must not look saved.
            assert_eq!((empty.status, surprised.code().as_str()), (200, "VALIDATION_FAILED"));
            continue;
        }
        assert_eq!(
            (empty.status, empty.code()),
            (surprised.status, surprised.code()),
            "unknown members are tolerated: {}",
            route.name()
        );
    }
    town.world.books_are_right().await;
}

#[tokio::test]
async fn bad_bodies_are_refused_at_the_door() {
    every_bad_body_below("/api/auth/").await;
}

#[tokio::test]
async fn bad_bodies_are_refused_in_the_panel() {
    every_bad_body_below("/api/panel/").await;
}

#[tokio::test]
async fn bad_bodies_are_refused_in_whm() {
    every_bad_body_below("/api/whm/").await;
}

#[tokio::test]
async fn what_is_no_json_or_too_much_is_said_to_be() {
    let town = Town::new().await;
    let before = town.world.row_counts().await;
    for route in with_body() {
        let who = caller(&town, &route).await;
        let good = good_body(&route, &town).to_string();
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", ""] {
            let request = who.request(&route.method, &route.here(&town)).header("content-type", kind);
            let answer = who.send(request.header("idempotency-key", "k1").body(good.clone())).await;
            is_clear(&answer, &route.name());
            assert_eq!(answer.status, 415, "{} as {kind:?}: {}", route.name(), answer.body);
        }
        let request = who.request(&route.method, &route.here(&town)).header("content-type", "application/json");
        let is_of_files = ["/api/panel/withholdings/{id}/prove", "/api/whm/settlements", "/api/whm/take-over"];
        let holds_a_file = route.pattern.ends_with("/proof") || is_of_files.contains(&route.pattern.as_str());
        let limit = if holds_a_file { UPLOAD_LIMIT_BYTES } else { LIMIT_BYTES };
        let request = request.header("idempotency-key", "k1").body(" ".repeat(limit + 1));
        let answer = who.send(request).await;
        is_clear(&answer, &route.name());
        assert_eq!(answer.status, 413, "{}", route.name());
        let request = who.request(&route.method, &route.here(&town)).header("content-type", "application/json");
        let full = format!("{}{}", " ".repeat(limit - 1), "!");
        let answer = who.send(request.header("idempotency-key", "k1").body(full)).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "MALFORMED_JSON"), "{}", route.name());
    }
    assert_eq!(left_behind(&before, &town.world.row_counts().await), Vec::<String>::new());
}

#[tokio::test]
async fn notifications_that_cannot_be_read_are_refused() {
    let town = Town::new().await;
    let gateway = town.site.stranger();
    let before = town.world.row_counts().await;
    for path in ["/api/webhooks/scripted/notification", "/api/payments/scripted/webhook"] {
        for body in bad_bodies() {
            for signature in ["good", "forged"] {
                let request = gateway.request("POST", path).header("x-signature", signature).body(body.clone());
                let answer = gateway.send(request).await;
                is_clear(&answer, &format!("{path} {}", shown(&body)));
                assert!(matches!(answer.status, 400 | 403 | 413), "{path} {}: {}", shown(&body), answer.status);
            }
        }
        let large = vec![b' '; NOTIFICATION_LIMIT_BYTES + 1];
        let answer = gateway.send(gateway.request("POST", path).header("x-signature", "good").body(large)).await;
        is_clear(&answer, path);
        assert_eq!(answer.status, 413);
    }
    let nobody = gateway.send(gateway.request("POST", "/api/webhooks/nobody/notification").body("{}")).await;
    is_clear(&nobody, "a gateway nobody knows");
    assert_eq!(left_behind(&before, &town.world.row_counts().await), Vec::<String>::new());
}

#[tokio::test]
async fn ids_queries_and_headers_may_be_anything() {
    let town = Town::new().await;
    let before = town.world.row_counts().await;
    let document = document();
    let long = "x".repeat(5_000);
    let words = [
        "",
        "!",
        "-1",
        "0",
        "0.5",
        "1e400",
        "18446744073709551616",
        "%00",
        "%FF%FE",
        "%ED%A0%80",
        "%0D%0AX:%201",
        "%E2%80%AE",
        "%F0%9F%98%80",
        "'%3B%20DROP%20TABLE%20users%3B--",
        "%3Cscript%3E",
        "%2F..%2F",
        "%",
        "%zz",
        "bm90IGEgY3Vyc29y",
        &long,
    ];
    let words = words.map(str::to_owned).to_vec();
    for (turn, route) in routes::api().into_iter().enumerate() {
        let who = caller(&town, &route).await;
        let here = route.here(&town);
        if let (Some(at), true) = (route.pattern.find('{'), route.pattern.contains("{id}")) {
            let tail = here[at..].find('/').map_or("", |length| &here[at + length..]);
            for word in share(turn, words.clone()).iter().filter(|word| !word.is_empty()) {
                let answer = who.send(who.request(&route.method, &format!("{}{word}{tail}", &here[..at]))).await;
                is_clear(&answer, &format!("{} {word}", route.name()));
                assert!(matches!(answer.status, 400 | 404 | 422), "{} {word}: {}", route.name(), answer.status);
            }
        }
        let parameters = document["paths"][&route.pattern][route.method.to_lowercase()]["parameters"].clone();
        let queries = parameters.as_array().into_iter().flatten().filter(|entry| entry["in"] == "query");
        for (place, name) in queries.enumerate() {
            let name = name["name"].as_str().unwrap();
            for word in share(turn + place, words.clone()) {
                for query in [format!("{name}={word}"), format!("{name}={word}&{name}={word}")] {
                    let answer = who.send(who.request(&route.method, &format!("{here}?{query}"))).await;
                    is_clear(&answer, &format!("{} {query}", route.name()));
                }
            }
        }
    }
    let owner = town.owner_program().await;
    for name in ["authorization", "yumna-customer", "idempotency-key"] {
        let request = owner.request("POST", "/api/panel/orders").header("idempotency-key", "k1");
        let request = request.header(name, "one").header(name, "two").body("{}");
        let answer = owner.send(request).await;
        is_clear(&answer, name);
        assert_eq!((answer.status, answer.code().as_str()), (400, "MALFORMED_REQUEST"), "{name} twice");
    }
    assert_eq!(left_behind(&before, &town.world.row_counts().await), Vec::<String>::new());
}
