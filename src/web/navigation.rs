//! The menus. One line per entry; only what works is listed.
use super::frame::Door;

/// A line of a menu.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// Also names the count (`Frame::count`) and the key `nav-<name>` of the words.
    pub name: &'static str,
    /// An icon of `static/img/icons.svg`.
    pub icon: &'static str,
    /// Where it leads.
    pub href: &'static str,
}

/// A group of lines; the empty title has no heading.
pub type Group = (&'static str, &'static [Item]);

const fn item(name: &'static str, icon: &'static str, href: &'static str) -> Item {
    Item { name, icon, href }
}

const PUBLIC: &[Group] = &[("", &[item("public-catalog", "apps", "/catalog")])];

const PANEL: &[Group] = &[(
    "",
    &[
        item("home", "home", "/panel"),
        item("services", "server", "/panel/services"),
        item("billing", "file-invoice", "/panel/invoices"),
        item("wallet", "wallet", "/panel/wallet"),
        item("catalog", "apps", "/catalog"),
        item("profile", "user-circle", "/panel/profile"),
    ],
)];

/// Pages without an entry of their own, and the entry from which they are reached.
const REACHED_FROM: &[(&str, &str)] = &[
    ("/panel/orders", "/panel/invoices"),
    ("/panel/quotes", "/panel/invoices"),
    ("/panel/statement", "/panel/invoices"),
    ("/panel/payments", "/panel/wallet"),
    ("/panel/subscriptions", "/panel/services"),
    ("/whm/drafts", "/whm/invoices"),
    ("/whm/differences", "/whm/payments"),
    ("/whm/settlement-lines", "/whm/settlements"),
    ("/whm/not-paid-out", "/whm/settlements"),
    ("/whm/orphans", "/whm/clusters"),
];

/// The entry under which `path` lies, where it has none of its own.
pub fn reached_from(path: &str) -> Option<&'static str> {
    let is_below = |begin: &str| path.strip_prefix(begin).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    REACHED_FROM.iter().find(|(begin, _)| is_below(begin)).map(|(_, entry)| *entry)
}

const WHM: &[Group] = &[
    ("", &[item("dashboard", "layout-dashboard", "/whm")]),
    (
        "nav-group-customers",
        &[item("customers", "users", "/whm/customers"), item("take-over", "upload", "/whm/take-over")],
    ),
    (
        "nav-group-sales",
        &[
            item("orders", "shopping-cart", "/whm/orders"),
            item("quotes", "file-text", "/whm/quotes"),
            item("plans", "package", "/whm/plans"),
            item("waiting", "hourglass", "/whm/waiting"),
            item("coupons", "rosette-discount", "/whm/coupons"),
        ],
    ),
    (
        "nav-group-money",
        &[
            item("invoices", "file-invoice", "/whm/invoices"),
            item("billing-day", "calendar-event", "/whm/billing-day"),
            item("payments", "credit-card", "/whm/payments"),
            item("receipts", "file-text", "/whm/receipts"),
            item("transfers", "transfer", "/whm/transfers"),
            item("unallocated", "help-circle", "/whm/unallocated"),
            item("settlements", "building-bank", "/whm/settlements"),
            item("disputes", "alert-octagon", "/whm/disputes"),
            item("payouts", "arrows-exchange", "/whm/payouts"),
            item("approvals", "list-details", "/whm/approvals"),
            item("books", "shield-check", "/whm/books"),
        ],
    ),
    (
        "nav-group-services",
        &[
            item("subscriptions", "refresh", "/whm/subscriptions"),
            item("instances", "server", "/whm/instances"),
            item("tasks", "list-check", "/whm/tasks"),
        ],
    ),
    ("nav-group-infrastructure", &[item("clusters", "topology-star-3", "/whm/clusters")]),
    (
        "nav-group-reports",
        &[
            item("report-revenue", "chart-bar", "/whm/reports/revenue"),
            item("report-mrr", "chart-line", "/whm/reports/mrr"),
            item("report-products", "package", "/whm/reports/products"),
            item("report-quota", "stack-2", "/whm/reports/quota"),
            item("report-ageing", "clock", "/whm/reports/ageing"),
            item("report-gateways", "building-bank", "/whm/reports/gateways"),
            item("report-wallets", "wallet", "/whm/reports/wallets"),
            item("report-journal", "table", "/whm/reports/journal"),
            item("report-tax", "percentage", "/whm/reports/tax"),
            item("report-coretax", "file-text", "/whm/reports/coretax"),
            item("report-withheld", "receipt", "/whm/reports/withheld"),
            item("report-mails", "mail", "/whm/report-mails"),
        ],
    ),
    (
        "nav-group-system",
        &[
            item("alerts", "bell", "/whm/alerts"),
            item("jobs", "stack-2", "/whm/jobs"),
            item("mail", "mail", "/whm/mail"),
            item("staff", "id-badge-2", "/whm/staff"),
            item("audit", "history", "/whm/audit"),
            item("setup", "checklist", "/whm/setup"),
            item("settings", "settings", "/whm/settings"),
        ],
    ),
];

/// The permission an entry of WHM needs; the pages ask for the same one.
pub fn needs(name: &str) -> Option<&'static str> {
    use crate::kernel::permission::{Permission, can};
    Some(match name {
        "dashboard" => can::SeeDashboard::CODE,
        "customers" => can::ReadCustomers::CODE,
        "take-over" => can::TakeOver::CODE,
        "orders" => can::ReadOrders::CODE,
        "quotes" => can::ReadQuotes::CODE,
        "plans" | "waiting" | "coupons" => can::ReadCatalog::CODE,
        "invoices" => can::ReadInvoices::CODE,
        "payments" | "receipts" | "transfers" | "unallocated" | "settlements" | "disputes" | "payouts" => {
            can::ReadPayments::CODE
        }
        "books" => can::ReadBooks::CODE,
        name if name.starts_with("report-") => can::ReadReports::CODE,
        "approvals" => can::AdjustWallets::CODE,
        "billing-day" | "subscriptions" => can::ReadSubscriptions::CODE,
        "instances" => can::ReadInstances::CODE,
        "tasks" => can::ReadTasks::CODE,
        "clusters" => can::ReadClusters::CODE,
        "mail" => can::ReadMail::CODE,
        "staff" => can::ReadStaff::CODE,
        "jobs" | "alerts" => can::ReadJobs::CODE,
        "audit" => can::ReadAudit::CODE,
        "setup" | "settings" => can::ReadSettings::CODE,
        _ => return None,
    })
}

/// The menu of a door.
pub fn groups(door: Door) -> &'static [Group] {
    match door {
        Door::Public => PUBLIC,
        Door::Panel => PANEL,
        Door::Whm => WHM,
    }
}

/// How many entries of the panel fit the bottom bar of a phone; the rest is under *More*.
pub const BOTTOM_BAR: usize = 4;
