//! What a person would type into every form there is.
use super::routes::Route;
use crate::support::{people::PASSWORD, town::Town};

/// Fields and values; `@name` is what the town calls by that name.
type Fields = &'static [(&'static str, &'static str)];

const COMPANY: Fields = &[
    ("name", "Nusa Awan"),
    ("legal_name", "PT Awan Nusantara Digital"),
    ("street", "Jl. Kaliurang Km 5 No. 12"),
    ("city", "Sleman"),
    ("state", "DI Yogyakarta"),
    ("postal_code", "55281"),
    ("country_code", "ID"),
    ("phone", "+62274555000"),
    ("email", "halo@awannusantara.test"),
    ("npwp", "0018550814412000"),
    ("bank_name", "BCA"),
    ("bank_account", "1234567890"),
    ("bank_account_name", "PT Awan Nusantara Digital"),
];

const PROFILE: Fields = &[
    ("name", "Andi Wijaya"),
    ("company", "CV Andi"),
    ("street_1", "Jalan Melati 1"),
    ("street_2", "Lantai 2"),
    ("city", "Jakarta"),
    ("state", "DKI Jakarta"),
    ("postal_code", "10110"),
    ("country_code", "ID"),
    ("phone", "+628123456789"),
    ("npwp", ""),
    ("locale", "id"),
];

const ACCOUNT: Fields = &[
    ("name", "Kedua"),
    ("is_enabled", "1"),
    ("position", "20"),
    ("base_url", ""),
    ("server_key", "k2"),
    ("note", "cadangan"),
];

const CLUSTER: Fields = &[
    ("name", "Jakarta 2"),
    ("region", "jkt"),
    ("capacity_cpu_milli", "64000"),
    ("capacity_memory_mb", "64000"),
    ("settings.kubeconfig", "secret text"),
    ("settings.ingress_domain", "apps.localhost"),
];

const COUPON: Fields = &[
    ("code", "HEMAT25"),
    ("kind", "percent"),
    ("value", "12,5"),
    ("lasts", "some"),
    ("renewals", "2"),
    ("scope", "ghost, ghost-basic"),
    ("cycles", "monthly"),
    ("minimum", "10000"),
    ("includes_setup", "1"),
    ("is_for_new_customers", ""),
    ("max_uses", "100"),
    ("max_uses_per_customer", "1"),
    ("starts_on", "2026-11-01"),
    ("ends_on", "2027-01-31"),
    ("note", "Akhir tahun"),
];

/// Every form.
const FORMS: &[(&str, Fields)] = &[
    ("/catalog/{slug}/order", &[("plan", "ghost-basic"), ("cycle", "monthly")]),
    ("/catalog/{slug}/waitlist", &[("plan", "ghost-basic")]),
    ("/cart/remove", &[("item", "@cart_item")]),
    ("/cart/coupon", &[("coupon", "hemat10")]),
    ("/cart/coupon/remove", &[]),
    ("/checkout", &[("shown", "@cart"), ("accepted_terms", "1")]),
    ("/register", &[("name", "Wati"), ("email", "wati@example.test"), ("password", PASSWORD), ("accepted_terms", "1")]),
    ("/login", &[("email", "andi@example.test"), ("password", "correct-horse-battery-9"), ("next", "/panel")]),
    ("/login/code", &[("ticket", "x"), ("otp", "123456"), ("next", "/panel")]),
    ("/logout", &[]),
    ("/logout/everywhere", &[]),
    ("/verify/resend", &[("email", "andi@example.test")]),
    ("/forgot", &[("email", "andi@example.test")]),
    ("/reset/{token}", &[("password", PASSWORD)]),
    ("/pay/{token}", &[("way", "scripted:qris")]),
    ("/pay/{token}/check", &[("payment", "@payment")]),
    ("/pay/{token}/cancel", &[("payment", "@payment")]),
    ("/pay/{token}/proof", &[("payment", "@payment"), ("note", "Dari rekening istri")]),
    ("/panel/invoices/{id}/pay", &[("way", "scripted:qris")]),
    ("/panel/invoices/{id}/pay/check", &[("payment", "@payment")]),
    ("/panel/invoices/{id}/pay/cancel", &[("payment", "@payment")]),
    ("/panel/invoices/{id}/pay/proof", &[("payment", "@payment"), ("note", "Dari rekening istri")]),
    ("/panel/payments/{id}/proof", &[("payment", "@top_up"), ("note", "Dari rekening istri")]),
    ("/panel/payments/{id}/check", &[("payment", "@top_up")]),
    ("/panel/payments/{id}/cancel", &[("payment", "@top_up")]),
    ("/panel/account", &[("customer", "@customer")]),
    ("/panel/services/{id}/credentials", &[]),
    ("/panel/services/{id}/start", &[]),
    ("/panel/services/{id}/stop", &[]),
    ("/panel/services/{id}/restart", &[]),
    ("/panel/services/{id}/retry", &[]),
    ("/panel/subscriptions/{id}/auto-renew", &[("auto_renew", "on")]),
    ("/panel/subscriptions/{id}/cancel", &[("when", "period_end"), ("reason", "Pindah"), ("confirm", "")]),
    ("/panel/subscriptions/{id}/refund", &[]),
    ("/panel/subscriptions/{id}/change", &[("plan", "ghost-pro")]),
    ("/panel/subscriptions/{id}/change/later", &[("terms", "ghost-basic:annually")]),
    ("/panel/subscriptions/{id}/change/{change}", &[("method", "")]),
    ("/panel/subscriptions/{id}/change/{change}/cancel", &[]),
    ("/panel/orders/{id}/cancel", &[]),
    ("/panel/profile", PROFILE),
    ("/panel/profile/password", &[("current", "correct-horse-battery-9"), ("password", PASSWORD)]),
    ("/panel/profile/second-factor", &[("password", "correct-horse-battery-9")]),
    ("/panel/profile/second-factor/confirm", &[("code", "123456")]),
    ("/panel/profile/second-factor/recovery-codes", &[("password", "correct-horse-battery-9")]),
    ("/panel/profile/second-factor/remove", &[("password", "correct-horse-battery-9")]),
    ("/panel/profile/sessions/end-all", &[]),
    ("/panel/wallet", &[("preset", "100000"), ("amount", ""), ("method", "scripted:qris"), ("_key", "")]),
    ("/whm/step-up", &[("proof", PASSWORD), ("next", "/whm")]),
    ("/whm/customers/{id}/notes", &[("body", "Telepon pagi hari")]),
    (
        "/whm/customers/{id}/wallet",
        &[("direction", "in"), ("amount", "25000"), ("reason", "Maaf atas gangguan"), ("key", "frm_1")],
    ),
    ("/whm/customers/{id}/tax-country", &[("country_code", "SG"), ("reason", "Akta perusahaan dan faktur sewa")]),
    ("/whm/approvals/{id}/approve", &[]),
    ("/whm/approvals/{id}/reject", &[]),
    ("/whm/payments/{id}/ask", &[]),
    ("/whm/payments/{id}/approve", &[("amount", "50000"), ("received_on", "2026-11-21"), ("key", "frm_4")]),
    ("/whm/payments/{id}/reject", &[("reason", "Buktinya buram"), ("key", "frm_5")]),
    (
        "/whm/payments/{id}/refund",
        &[("amount", "1000"), ("destination", "wallet"), ("reason", "Salah"), ("key", "frm_2")],
    ),
    ("/whm/invoices/{id}/void", &[("reason", "Salah paket")]),
    ("/whm/invoices/{id}/credit", &[("amount", "1000"), ("reason", "Potongan"), ("key", "frm_3")]),
    ("/whm/invoices/{id}/write-off", &[("reason", "Pailit")]),
    ("/whm/tasks/{id}/retry", &[]),
    ("/whm/tasks/{id}/solved", &[("reason", "Dibetulkan tangan")]),
    ("/whm/tasks/{id}/turn-back", &[("reason", "Kluster penuh")]),
    ("/whm/instances/{id}/start", &[]),
    ("/whm/instances/{id}/stop", &[]),
    ("/whm/instances/{id}/restart", &[]),
    ("/whm/subscriptions/{id}/suspend", &[("hold", "abuse"), ("reason", "Spam")]),
    ("/whm/subscriptions/{id}/unsuspend", &[("hold", "abuse")]),
    ("/whm/subscriptions/{id}/terminate", &[("confirm", "no")]),
    ("/whm/billing-day/pause", &[("target", "customer:cus_nobody"), ("ends_on", "2026-12-01"), ("reason", "Banjir")]),
    ("/whm/billing-day/release", &[]),
    ("/whm/books/check", &[]),
    ("/whm/books/periods/close", &[("month", "2026-10")]),
    ("/whm/books/periods/reopen", &[("month", "2026-10"), ("reason", "Salah catat")]),
    ("/whm/books/openings", &[("account", "bank"), ("side", "debit"), ("amount", "5000000"), ("day", "2026-11-01")]),
    ("/whm/books/openings/{id}/reverse", &[]),
    ("/whm/billing-day/pauses/{id}/lift", &[]),
    ("/whm/orders/{id}/cancel", &[("reason", "Ganda")]),
    ("/whm/plans/{id}/quota", &[("total", "400")]),
    ("/whm/plans/{id}/price", &[("cycle", "monthly"), ("amount", "60000"), ("setup_fee", "0")]),
    ("/whm/plans/{id}/visibility", &[("is_hidden", "0")]),
    ("/whm/products/{id}/visibility", &[("is_hidden", "0")]),
    ("/whm/products/{id}/downgrades", &[("is_allowed", "1")]),
    ("/whm/templates/{id}/agreement", &[("note", "Surat 12/2026")]),
    ("/whm/coupons/new", COUPON),
    ("/whm/coupons/{id}/edit", COUPON),
    ("/whm/coupons/{id}/end", &[]),
    ("/whm/jobs/{id}/retry", &[]),
    ("/whm/alerts/{id}/resolve", &[]),
    ("/whm/second-factor", &[]),
    ("/whm/second-factor/confirm", &[("code", "123456")]),
    ("/whm/staff/new", &[("email", "wulan@example.test"), ("name", "Wulan"), ("role_support", "1")]),
    ("/whm/staff/{id}", &[("role_network", "1")]),
    ("/whm/staff/{id}/revoke", &[]),
    ("/whm/mail/retry-failed", &[("days", "3")]),
    ("/whm/mail/{id}/retry", &[]),
    ("/whm/suppressions", &[("address", "bounced@example.test"), ("reason", "Memantul")]),
    ("/whm/suppressions/remove", &[("address", "bounced@example.test")]),
    ("/whm/clusters/new", CLUSTER),
    ("/whm/clusters/{id}/test", &[]),
    (
        "/whm/clusters/{id}/settings",
        &[("settings.kubeconfig", "new text"), ("settings.ingress_domain", "apps.localhost")],
    ),
    ("/whm/clusters/{id}/status", &[("status", "active")]),
    ("/whm/settings/accounts/new/{gateway}", ACCOUNT),
    ("/whm/settings/accounts/{id}", ACCOUNT),
    ("/whm/settings/accounts/{id}/test", &[]),
    ("/whm/settings/{section}", COMPANY),
    ("/whm/setup/numbering", &[]),
    ("/whm/setup/mail", &[]),
    ("/whm/setup/selling/{word}", &[]),
];

/// The form of an address, filled in well.
pub fn of(route: &Route, town: &Town) -> Vec<(&'static str, String)> {
    let known = FORMS.iter().find(|(pattern, _)| *pattern == route.pattern);
    let fields = known.unwrap_or_else(|| panic!("say in FORMS what {} takes", route.name())).1;
    let value = |text: &str| text.strip_prefix('@').map_or(text.to_owned(), |name| town.id(name).to_owned());
    fields.iter().map(|(name, text)| (*name, value(text))).collect()
}

/// The same as pairs of texts.
pub fn pairs<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
