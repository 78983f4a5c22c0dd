//! Which permission opens which address of WHM.
use yumna::kernel::permission::{Permission, can};

const fn code<P: Permission>() -> &'static str {
    P::CODE
}

/// Addresses by permission.
const OPENS: &[(&str, &[&str])] = &[
    (
        code::<can::SeeDashboard>(),
        &[
            "GET /whm",
            "GET /whm/search",
            "GET /whm/step-up",
            "POST /whm/step-up",
            "GET /whm/second-factor",
            "POST /whm/second-factor",
            "POST /whm/second-factor/confirm",
        ],
    ),
    (
        code::<can::ReadCustomers>(),
        &["GET /whm/customers", "GET /whm/customers/{id}", "GET /api/whm/customers", "GET /api/whm/customers/{id}"],
    ),
    (code::<can::NoteCustomers>(), &["POST /whm/customers/{id}/notes"]),
    (code::<can::SetTaxCountries>(), &["POST /whm/customers/{id}/tax-country"]),
    (code::<can::SetTaxDuties>(), &["POST /whm/customers/{id}/tax-duties"]),
    (
        code::<can::AdjustWallets>(),
        &[
            "POST /whm/customers/{id}/wallet",
            "GET /whm/approvals",
            "GET /api/whm/approvals",
            "GET /api/whm/approvals/{id}",
            "POST /api/whm/customers/{id}/wallet/adjust",
        ],
    ),
    (
        code::<can::ReadBooks>(),
        &[
            "GET /whm/books",
            "GET /whm/books/periods",
            "GET /whm/books/openings",
            "POST /whm/books/check",
            "GET /api/whm/books",
            "GET /api/whm/books/periods",
            "GET /api/whm/books/openings",
            "POST /api/whm/books/check",
        ],
    ),
    (
        code::<can::ClosePeriods>(),
        &[
            "POST /whm/books/periods/close",
            "POST /whm/books/periods/reopen",
            "POST /api/whm/books/periods/close",
            "POST /api/whm/books/periods/reopen",
        ],
    ),
    (
        code::<can::EnterOpenings>(),
        &[
            "POST /whm/books/openings",
            "POST /whm/books/openings/{id}/reverse",
            "POST /api/whm/books/openings",
            "POST /api/whm/books/openings/{id}/reverse",
        ],
    ),
    (
        code::<can::ReadReports>(),
        &[
            "GET /whm/reports/tax",
            "GET /whm/reports/tax/csv",
            "GET /whm/reports/coretax",
            "GET /whm/reports/coretax/xml",
            "GET /whm/reports/revenue",
            "GET /whm/reports/revenue/csv",
            "GET /whm/reports/ageing",
            "GET /whm/reports/ageing/csv",
            "GET /whm/reports/gateways",
            "GET /whm/reports/gateways/csv",
            "GET /whm/reports/journal",
            "GET /whm/reports/journal/csv",
            "GET /whm/reports/mrr",
            "GET /whm/reports/mrr/csv",
            "GET /whm/reports/wallets",
            "GET /whm/reports/wallets/csv",
            "GET /api/whm/reports/tax",
            "GET /api/whm/reports/revenue",
            "GET /api/whm/reports/ageing",
            "GET /api/whm/reports/gateways",
            "GET /api/whm/reports/mrr",
            "GET /api/whm/reports/wallets",
            "GET /api/whm/reports/journal",
        ],
    ),
    (
        code::<can::DecideApprovals>(),
        &[
            "POST /whm/approvals/{id}/approve",
            "POST /whm/approvals/{id}/reject",
            "POST /api/whm/approvals/{id}/approve",
            "POST /api/whm/approvals/{id}/reject",
        ],
    ),
    (
        code::<can::ReadOrders>(),
        &["GET /whm/orders", "GET /whm/orders/{id}", "GET /api/whm/orders", "GET /api/whm/orders/{id}"],
    ),
    (code::<can::CancelOrders>(), &["POST /whm/orders/{id}/cancel"]),
    (
        code::<can::ReadInvoices>(),
        &[
            "GET /whm/invoices",
            "GET /whm/invoices/{id}",
            "GET /whm/invoices/{id}/pdf",
            "GET /api/whm/invoices",
            "GET /api/whm/invoices/{id}",
        ],
    ),
    (code::<can::VoidInvoices>(), &["POST /whm/invoices/{id}/void", "POST /api/whm/invoices/{id}/void"]),
    (code::<can::WriteOffInvoices>(), &["POST /whm/invoices/{id}/write-off", "POST /api/whm/invoices/{id}/write-off"]),
    (code::<can::CreditInvoices>(), &["POST /whm/invoices/{id}/credit", "POST /api/whm/invoices/{id}/credit-notes"]),
    (
        code::<can::ReadPayments>(),
        &[
            "GET /whm/payments",
            "GET /whm/payments/{id}",
            "GET /whm/payments/{id}/proofs/{proof}",
            "GET /whm/transfers",
            "GET /whm/settlements",
            "GET /whm/settlements/{id}",
            "GET /whm/settlement-lines",
            "GET /whm/settlement-lines/{id}",
            "GET /whm/not-paid-out",
            "GET /whm/disputes",
            "GET /whm/disputes/{id}",
            "GET /whm/differences",
            "GET /whm/differences/{id}",
            "GET /whm/unallocated",
            "GET /whm/unallocated/{id}",
            "GET /api/whm/payments",
            "GET /api/whm/payments/{id}",
            "GET /api/whm/transfers",
            "GET /api/whm/unallocated",
            "GET /api/whm/unallocated/{id}",
        ],
    ),
    (
        code::<can::ConfirmTransfers>(),
        &[
            "POST /whm/payments/{id}/approve",
            "POST /whm/payments/{id}/reject",
            "POST /api/whm/payments/{id}/approve",
            "POST /api/whm/payments/{id}/reject",
        ],
    ),
    (code::<can::DecideDisputes>(), &["POST /whm/disputes/{id}/won", "POST /whm/disputes/{id}/lost"]),
    (
        code::<can::BookSettlements>(),
        &[
            "POST /whm/settlements",
            "GET /whm/settlements/new",
            "POST /whm/settlements/{id}/columns",
            "POST /whm/settlements/{id}/book",
            "POST /whm/settlements/{id}/discard",
            "POST /whm/settlements/{id}/again",
            "POST /whm/settlement-lines/{id}/match",
            "POST /whm/settlement-lines/{id}/unallocated",
            "POST /whm/settlement-lines/{id}/dismiss",
        ],
    ),
    (
        code::<can::DecideUnallocated>(),
        &[
            "POST /whm/unallocated/{id}/customer",
            "POST /whm/unallocated/{id}/invoice",
            "POST /whm/unallocated/{id}/return",
            "POST /api/whm/unallocated/{id}/allocate",
            "POST /api/whm/unallocated/{id}/return",
        ],
    ),
    (code::<can::InquirePayments>(), &["POST /whm/payments/{id}/ask", "POST /whm/differences/{id}/close"]),
    (
        code::<can::RefundPayments>(),
        &["POST /whm/payments/{id}/refund", "POST /whm/payments/{id}/decide", "POST /api/whm/payments/{id}/refund"],
    ),
    (
        code::<can::ReadSubscriptions>(),
        &[
            "GET /whm/billing-day",
            "GET /api/whm/billing-day",
            "GET /api/whm/pauses",
            "GET /whm/subscriptions",
            "GET /whm/subscriptions/{id}",
            "GET /api/whm/subscriptions",
            "GET /api/whm/subscriptions/{id}",
        ],
    ),
    (
        code::<can::SuspendSubscriptions>(),
        &[
            "POST /whm/subscriptions/{id}/suspend",
            "POST /whm/subscriptions/{id}/unsuspend",
            "POST /api/whm/services/suspend",
            "POST /api/whm/services/unsuspend",
        ],
    ),
    (
        code::<can::ControlAutomation>(),
        &[
            "POST /whm/billing-day/pause",
            "POST /whm/customers/{id}/late-fees",
            "POST /whm/customers/{id}/late-fees/again",
            "POST /whm/billing-day/release",
            "POST /whm/billing-day/pauses/{id}/lift",
            "POST /api/whm/pauses",
            "POST /api/whm/billing-day/release",
            "POST /api/whm/pauses/{id}/lift",
        ],
    ),
    (
        code::<can::TerminateSubscriptions>(),
        &["POST /whm/subscriptions/{id}/terminate", "POST /api/whm/services/terminate"],
    ),
    (
        code::<can::ReadInstances>(),
        &["GET /whm/instances", "GET /whm/instances/{id}", "GET /api/whm/instances", "GET /api/whm/instances/{id}"],
    ),
    (
        code::<can::OperateInstances>(),
        &["POST /whm/instances/{id}/start", "POST /whm/instances/{id}/stop", "POST /whm/instances/{id}/restart"],
    ),
    (
        code::<can::ReadTasks>(),
        &["GET /whm/tasks", "GET /whm/tasks/{id}", "GET /api/whm/tasks", "GET /api/whm/tasks/{id}"],
    ),
    (
        code::<can::RetryTasks>(),
        &[
            "POST /whm/tasks/{id}/retry",
            "POST /whm/tasks/{id}/solved",
            "POST /whm/tasks/{id}/turn-back",
            "POST /api/whm/tasks/{id}/retry",
            "POST /api/whm/services/provision",
        ],
    ),
    (code::<can::ReadClusters>(), &["GET /whm/clusters", "GET /whm/clusters/{id}", "GET /api/whm/clusters"]),
    (
        code::<can::ManageClusters>(),
        &[
            "GET /whm/clusters/new",
            "POST /whm/clusters/new",
            "POST /whm/clusters/{id}/test",
            "POST /whm/clusters/{id}/status",
            "GET /whm/clusters/{id}/settings",
            "POST /whm/clusters/{id}/settings",
            "POST /api/whm/clusters",
            "PATCH /api/whm/clusters/{id}/settings",
        ],
    ),
    (
        code::<can::ReadCatalog>(),
        &[
            "GET /whm/plans",
            "GET /whm/plans/{id}",
            "GET /whm/coupons",
            "GET /whm/coupons/{id}",
            "GET /whm/coupons/{id}/redemptions",
        ],
    ),
    (
        code::<can::ManageCatalog>(),
        &[
            "POST /whm/plans/{id}/quota",
            "POST /whm/plans/{id}/price",
            "POST /whm/plans/{id}/visibility",
            "POST /whm/products/{id}/visibility",
            "POST /whm/products/{id}/downgrades",
            "POST /whm/products/{id}/trial",
            "POST /whm/templates/{id}/agreement",
            "GET /whm/coupons/new",
            "POST /whm/coupons/new",
            "GET /whm/coupons/{id}/edit",
            "POST /whm/coupons/{id}/edit",
            "POST /whm/coupons/{id}/end",
        ],
    ),
    (code::<can::ReadStaff>(), &["GET /whm/staff"]),
    (
        code::<can::ManageStaff>(),
        &[
            "GET /whm/staff/new",
            "POST /whm/staff/new",
            "GET /whm/staff/{id}",
            "POST /whm/staff/{id}",
            "POST /whm/staff/{id}/revoke",
        ],
    ),
    (code::<can::ReadMail>(), &["GET /whm/mail", "GET /whm/mail/{id}", "GET /whm/suppressions"]),
    (
        code::<can::ManageMail>(),
        &[
            "POST /whm/mail/retry-failed",
            "POST /whm/mail/{id}/retry",
            "POST /whm/suppressions",
            "POST /whm/suppressions/remove",
        ],
    ),
    (code::<can::ReadJobs>(), &["GET /whm/jobs", "GET /whm/alerts"]),
    (code::<can::ManageJobs>(), &["POST /whm/jobs/{id}/retry", "POST /whm/alerts/{id}/resolve"]),
    (code::<can::ReadAudit>(), &["GET /whm/audit", "GET /api/whm/audit", "GET /api/whm/audit/{id}"]),
    (code::<can::ReadSettings>(), &["GET /whm/settings", "GET /whm/settings/{section}", "GET /whm/setup"]),
    (
        code::<can::ManageSettings>(),
        &[
            "GET /whm/settings/accounts/new/{gateway}",
            "POST /whm/settings/accounts/new/{gateway}",
            "GET /whm/settings/accounts/{id}",
            "POST /whm/settings/accounts/{id}",
            "GET /whm/settings/accounts/{id}/ways",
            "POST /whm/settings/accounts/{id}/ways",
            "POST /whm/settings/accounts/{id}/test",
            "POST /whm/settings/{section}",
            "POST /whm/setup/numbering",
            "POST /whm/setup/mail",
            "POST /whm/setup/selling/{word}",
        ],
    ),
];

/// The permission that opens an address.
pub fn of(route: &str) -> &'static str {
    let known = OPENS.iter().find(|(_, routes)| routes.contains(&route));
    known.unwrap_or_else(|| panic!("say in OPENS which permission opens {route}")).0
}
