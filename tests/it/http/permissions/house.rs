//! What staff see first, jobs, the audit trail, settings.
use super::{Opens, code};
use yumna::kernel::permission::can;

pub const OPENS: Opens = &[
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
    (code::<can::ReadJobs>(), &["GET /whm/jobs", "GET /whm/alerts", "GET /api/whm/jobs", "GET /api/whm/alerts"]),
    (
        code::<can::ManageJobs>(),
        &[
            "POST /whm/jobs/{id}/retry",
            "POST /whm/alerts/{id}/resolve",
            "POST /api/whm/jobs/{id}/retry",
            "POST /api/whm/alerts/{id}/resolve",
        ],
    ),
    (
        code::<can::ReadAudit>(),
        &[
            "GET /whm/audit",
            "GET /whm/customers/{id}/history",
            "GET /whm/invoices/{id}/history",
            "GET /whm/subscriptions/{id}/history",
            "GET /whm/plans/{id}/history",
            "GET /whm/products/{id}/history",
            "GET /whm/settings/{section}/history",
            "GET /api/whm/audit",
            "GET /api/whm/audit/{id}",
        ],
    ),
    (
        code::<can::ReadSettings>(),
        &[
            "GET /whm/settings",
            "GET /whm/settings/{section}",
            "GET /whm/setup",
            "GET /whm/settings/tax-rules",
            "GET /api/whm/settings",
            "GET /api/whm/tax-rules",
            "GET /api/whm/setup",
        ],
    ),
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
            "PATCH /api/whm/settings/{section}",
            "POST /whm/setup/numbering",
            "POST /whm/setup/mail",
            "POST /whm/setup/selling/{word}",
            "GET /whm/settings/tax-rules/new",
            "POST /whm/settings/tax-rules/new",
            "POST /whm/settings/tax-rules/{id}/withdraw",
            "POST /api/whm/tax-rules",
            "POST /api/whm/tax-rules/{id}/withdraw",
            "GET /api/whm/payment-accounts/{id}",
            "POST /api/whm/payment-accounts",
            "PATCH /api/whm/payment-accounts/{id}",
            "POST /api/whm/payment-accounts/{id}/ways",
            "POST /api/whm/payment-accounts/{id}/test",
            "POST /api/whm/setup/numbering",
            "POST /api/whm/setup/mail",
            "POST /api/whm/setup/selling",
        ],
    ),
];
