//! Typed ids: a prefix, an underscore and a ULID (`inv_01J…`). Ids made one after the other by one process sort in
//! that order, also within a millisecond, so "newest first" is a sort by id.
use std::sync::Mutex;
use ulid::{Generator, Ulid};

static GENERATOR: Mutex<Generator> = Mutex::new(Generator::new());

/// The next ULID of this process.
pub fn next_ulid() -> Ulid {
    let mut generator = GENERATOR.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    match generator.generate() {
        Ok(ulid) => ulid,
        // 2^80 ids in one millisecond do not happen in practice; going on is still right.
        Err(overflow) => overflow.commit_overflow_increment(),
    }
}

macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, sea_orm::DeriveValueType)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The letters before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new id, larger than every id this process made before.
            pub fn generate() -> Self {
                Self(format!("{}_{}", $prefix, next_ulid()))
            }

            /// A text below every id that was made at `at` or later, and above those made before.
            pub fn floor(at: chrono::DateTime<chrono::Utc>) -> Self {
                let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
                Self(format!("{}_{}", $prefix, Ulid::from_parts(millis, 0)))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&$name> for sea_orm::Value {
            fn from(id: &$name) -> Self {
                id.0.clone().into()
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        // SeaORM wants this of every primary key; a text key has no numeric form.
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

id_types! {
    /// Who signs in.
    UserId = "usr";
    /// A browser session's public handle (the secret is never stored).
    SessionId = "ses";
    /// One link of a refresh-token family.
    RefreshTokenId = "rft";
    /// A role of staff.
    RoleId = "rol";
    /// Who pays.
    CustomerId = "cus";
    /// Two customers who turned out to be one.
    CustomerMergeId = "mrg";
    /// A user's place in a customer's account.
    MemberId = "mem";
    /// A category of the catalog.
    CategoryId = "cat";
    /// What is sold: a service.
    ProductId = "prd";
    /// A size of a product.
    PlanId = "pln";
    /// What a plan costs for one cycle.
    PriceId = "prc";
    /// An option that can be ordered with a product.
    ProductOptionId = "opt";
    /// A place in the queue for a full plan.
    WaitlistEntryId = "wle";
    /// A coupon.
    CouponId = "cpn";
    /// A use of a coupon.
    CouponRedemptionId = "cpr";
    /// A service template's version.
    ServiceTemplateId = "tpl";
    /// A visitor's or customer's cart.
    CartId = "crt";
    /// One thing in a cart.
    CartItemId = "cri";
    /// An order.
    OrderId = "ord";
    /// One thing ordered.
    OrderItemId = "ori";
    /// A price quote to a customer.
    QuoteId = "quo";
    /// A line of a price quote.
    QuoteItemId = "qui";
    /// A slot of a plan held for a buyer.
    QuotaReservationId = "qrs";
    /// An invoice.
    InvoiceId = "inv";
    /// A line of an invoice.
    InvoiceItemId = "ini";
    /// The tax of an invoice under one rule.
    InvoiceTaxId = "int";
    /// A credit note.
    CreditNoteId = "crn";
    /// A line of a credit note.
    CreditNoteItemId = "cni";
    /// A fee for an invoice that is late.
    LateFeeId = "lfe";
    /// The open rest of an invoice given up as a bad debt.
    WriteOffId = "wof";
    /// A line's part of it.
    WriteOffItemId = "woi";
    /// Income tax that a buyer withholds of an invoice.
    WithholdingId = "whd";
    /// When a line becomes revenue.
    RevenueScheduleId = "rvs";
    /// A tax rule.
    TaxRuleId = "txr";
    /// An account of the ledger.
    LedgerAccountId = "lac";
    /// What an account held when the business came here.
    OpeningBalanceId = "obl";
    /// A balanced set of entries.
    LedgerTransactionId = "ltx";
    /// One side of a posting.
    LedgerEntryId = "len";
    /// A movement of a wallet as the customer sees it.
    WalletTransactionId = "wtx";
    /// Money of a wallet that is set aside.
    WalletHoldId = "who";
    /// Money of a wallet on its way to a bank account.
    WalletPayoutId = "wpo";
    /// A change of plan.
    PlanChangeId = "chg";
    /// Our account at a gateway.
    PaymentAccountId = "pac";
    /// A payment attempt.
    PaymentId = "pay";
    /// Several invoices paid in one go.
    PaymentBundleId = "bun";
    /// Money given back.
    RefundId = "ref";
    /// What a payer sent to show that he has transferred.
    PaymentProofId = "prf";
    /// A payment that the payer's bank took back.
    DisputeId = "dsp";
    /// What a gateway says of a payment, where it differs.
    GatewayDifferenceId = "gdf";
    /// A report of what a gateway paid out.
    SettlementId = "stl";
    /// Something taken over from another system.
    ImportId = "imp";
    /// A row of it.
    ImportRowId = "imr";
    /// What a row of another system became here.
    ImportLinkId = "iml";
    /// One line of such a report.
    SettlementLineId = "sln";
    /// Money that came and fits nothing.
    UnallocatedMoneyId = "unm";
    /// A notification of a gateway as it came in.
    GatewayEventId = "gev";
    /// A contract.
    SubscriptionId = "sub";
    /// One period of a contract.
    SubscriptionCycleId = "cyc";
    /// What runs.
    InstanceId = "ins";
    /// A piece of work on an instance.
    ProvisionTaskId = "tsk";
    /// A step of such work.
    ProvisionStepId = "pst";
    /// A sample of use.
    UsageSampleId = "use";
    /// Something that went wrong with an instance.
    InstanceTroubleId = "itr";
    /// A customer's own domain before a service.
    CustomDomainId = "cdm";
    /// Things on a cluster that belong to nobody.
    OrphanId = "orp";
    /// A cluster.
    ClusterId = "clu";
    /// A machine of a cluster.
    ClusterNodeId = "nod";
    /// A machine that is being emptied.
    NodeDrainId = "drn";
    /// A managed server.
    ServerId = "srv";
    /// An encrypted value.
    SecretId = "sec";
    /// A notice to be sent.
    MessageId = "msg";
    /// A row of the audit trail.
    AuditId = "aud";
    /// News for other contexts.
    OutboxEventId = "evt";
    /// News on its way to one reaction.
    OutboxDeliveryId = "odl";
    /// A piece of background work.
    JobId = "job";
    /// A stored file.
    FileId = "fil";
    /// A payment, invoice or other approval that waits for a second pair of eyes.
    ApprovalId = "apv";
    /// An act on a staff alert.
    AlertId = "alr";
    /// A report that is mailed to a member of staff.
    ReportMailId = "rpm";
}

/// The ULID part of an id in lower case, for names in outside systems that allow only `[a-z0-9-]`.
pub fn bare_lower(id: &str) -> String {
    id.rsplit('_').next().unwrap_or(id).to_ascii_lowercase()
}
