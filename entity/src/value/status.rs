//! The states things can be in. Stored as words in `varchar(32)`, so that a new state is no schema change.
use sea_orm::sea_query::StringLen;
use serde::{Deserialize, Serialize};

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sea_orm::EnumIter, sea_orm::DeriveActiveEnum)]
        #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))")]
        pub enum $name {
            $($(#[$vdoc])* #[sea_orm(string_value = $word)] #[serde(rename = $word)] $variant),*
        }

        impl $name {
            /// The word stored, shown in the API and used as a translation key.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The state a word names.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }

            /// Every state, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

states! {
    /// Whether a person may sign in.
    UserStatus { Active = "active", Disabled = "disabled" }
    /// What a member of a customer's account may do.
    Grant { Owner = "owner", Admin = "admin", Billing = "billing", Technical = "technical", ReadOnly = "read_only" }
    /// Whether a customer is served.
    CustomerStatus { Active = "active", Suspended = "suspended", Closed = "closed" }
    /// Kind of product: decides the revenue account and the words around it. A late fee is no product that is sold.
    ProductKind {
        PaasService = "paas_service", HostingShared = "hosting_shared", Vps = "vps", Domain = "domain", Ssl = "ssl",
        IspLine = "isp_line", ObjectStorage = "object_storage", BareMetal = "bare_metal", Addon = "addon",
        License = "license", Custom = "custom", LateFee = "late_fee"
    }
    /// How many live subscriptions of a product one customer may have.
    PurchasePolicy { Multiple = "multiple", OnePerCustomerUpgradeOnly = "one_per_customer_upgrade_only" }
    /// How an option of a product is answered: one of named values, a number of units, or yes or no.
    OptionKind { Choice = "choice", Quantity = "quantity", Switch = "switch" }
    /// Life of an order.
    OrderStatus {
        Pending = "pending", Paid = "paid", Active = "active", Cancelled = "cancelled", Refunded = "refunded",
        Failed = "failed", FraudReview = "fraud_review"
    }
    /// Life of a price quote.
    QuoteStatus {
        Draft = "draft", Sent = "sent", Accepted = "accepted", Declined = "declined", Expired = "expired",
        Withdrawn = "withdrawn"
    }
    /// A reserved slot of a plan.
    ReservationStatus { Held = "held", Allocated = "allocated", Released = "released" }
    /// A use of a coupon: the order waits for its money, was paid, or came to nothing.
    RedemptionStatus { Reserved = "reserved", Committed = "committed", Released = "released" }
    /// What an invoice is in itself; what people read is derived (`InvoiceDisplay`).
    InvoiceStatus { Draft = "draft", Issued = "issued", Paid = "paid", Void = "void", WrittenOff = "written_off" }
    /// What people read of an invoice.
    InvoiceDisplay {
        Void = "void", Refunded = "refunded", PartiallyRefunded = "partially_refunded", Paid = "paid",
        Overdue = "overdue", PartiallyPaid = "partially_paid", Issued = "issued", Draft = "draft"
    }
    /// A buyer who pays the PPN to the state himself: an office of the state, or another one the law names.
    VatCollector { Government = "government", Other = "other" }
    /// Tax a buyer withholds: its proof is awaited, came, was not needed, or was none.
    WithholdingStatus { Outstanding = "outstanding", Received = "received", Withdrawn = "withdrawn", Reverted = "reverted" }
    /// How often a report is mailed.
    ReportRhythm { Daily = "daily", Weekly = "weekly", Monthly = "monthly" }
    /// What an invoice asks money for.
    InvoiceKind { Order = "order", Renewal = "renewal", Change = "change", TopUp = "top_up", Manual = "manual", LateFee = "late_fee" }
    /// A payment attempt. `rank` says which news may replace which.
    PaymentStatus {
        Created = "created", Unknown = "unknown", Pending = "pending", Authorized = "authorized", Review = "review",
        Failed = "failed", Cancelled = "cancelled", Expired = "expired", Succeeded = "succeeded",
        Reversed = "reversed", Chargeback = "chargeback", PartiallyRefunded = "partially_refunded", Refunded = "refunded"
    }
    /// What a payment is for.
    PaymentPurpose { Invoice = "invoice", TopUp = "top_up" }
    /// Money on its way back.
    RefundStatus { Pending = "pending", Succeeded = "succeeded", Failed = "failed", Unknown = "unknown" }
    /// What a gateway says of a payment, where it differs: still, not any more, or cleared up by staff.
    DifferenceStatus { Open = "open", Repaired = "repaired", Closed = "closed" }
    /// A payment that the payer's bank took back: not over yet, given back to us, or gone.
    DisputeStatus { Open = "open", Won = "won", Lost = "lost" }
    /// A report of payouts: looked at, booked, or put away.
    SettlementStatus { Draft = "draft", Booked = "booked", Discarded = "discarded" }
    /// A line of such a report: booked, waits for a person, booked as nobody's money, or not to be booked.
    SettlementLineStatus { Booked = "booked", Waiting = "waiting", Unallocated = "unallocated", Dismissed = "dismissed" }
    /// What is taken over from another system.
    ImportKind { Customers = "customers", Contracts = "contracts" }
    /// A take-over: looked at, under way, done, or put away.
    ImportStatus { Draft = "draft", Running = "running", Done = "done", Discarded = "discarded" }
    /// What is found about a row of a take-over: somebody or something new, tied to an account that is here, taken over
    /// before, taken over before and different since, or not to be taken over.
    ImportVerdict { New = "new", Linked = "linked", Already = "already", Changed = "changed", Faulty = "faulty" }
    /// What became of money that fits nothing: still nobody's, somebody's after all, given back to who paid.
    UnallocatedStatus { Open = "open", Allocated = "allocated", Returned = "returned" }
    /// What became of a gateway's notification.
    GatewayEventStatus { Received = "received", Processed = "processed", Ignored = "ignored", Unmatched = "unmatched", Failed = "failed" }
    /// Life of a contract.
    SubscriptionStatus {
        Pending = "pending", Trialing = "trialing", Active = "active", PastDue = "past_due",
        Suspended = "suspended", Cancelled = "cancelled", Terminated = "terminated"
    }
    /// Where one cycle of a contract stands.
    SubscriptionCycleStatus { Invoiced = "invoiced", Paid = "paid", Void = "void" }
    /// The thing that runs.
    InstanceStatus {
        Pending = "pending", Provisioning = "provisioning", Running = "running", Stopping = "stopping", Stopped = "stopped",
        Starting = "starting", Restarting = "restarting", Suspending = "suspending", Suspended = "suspended",
        Resuming = "resuming", Changing = "changing", Restoring = "restoring", Error = "error",
        NeedsReview = "needs_review", Terminating = "terminating", Terminated = "terminated", Maintenance = "maintenance"
    }
    /// How a running thing feels.
    Health { Ok = "ok", Starting = "starting", Degraded = "degraded", Crashing = "crashing", Failing = "failing", Unreachable = "unreachable" }
    /// Whether a running thing answers from outside: not watched, not known, it does, it does not.
    UptimeState { Idle = "idle", Unknown = "unknown", Up = "up", Down = "down" }
    /// A piece of work on an instance.
    TaskAction {
        Create = "create", Suspend = "suspend", Unsuspend = "unsuspend", Terminate = "terminate", ChangePlan = "change_plan",
        ResetPassword = "reset_password", Restart = "restart", Start = "start", Stop = "stop", Backup = "backup",
        Restore = "restore", Sync = "sync", Reconfigure = "reconfigure"
    }
    /// Where such work stands.
    TaskStatus { Queued = "queued", Running = "running", Succeeded = "succeeded", Failed = "failed", NeedsReview = "needs_review" }
    /// Where one step of such work stands.
    StepStatus { Pending = "pending", Running = "running", Waiting = "waiting", Done = "done", Failed = "failed", Undoing = "undoing", Undone = "undone", Stuck = "stuck" }
    /// A last backup: being made, made, read back whole, there is nothing to keep, or staff decided to go on without.
    BackupStatus {
        Making = "making", Made = "made", Verified = "verified", Nothing = "nothing", Waived = "waived"
    }
    /// A custom domain: nothing shown yet, its owner shown, in use, in use though something about it is not as it should
    /// be, given up or taken away.
    CustomDomainStatus {
        Pending = "pending", Proven = "proven", Active = "active", Failing = "failing", Removed = "removed"
    }
    /// What the last look at a custom domain found wrong: about the proof (no such name, no such record, another value),
    /// about the name itself (no such name, no address, another place), the name service that did not answer or failed,
    /// somebody else who holds it, the cluster that refused it.
    CustomDomainFailure {
        ProofNoName = "proof_no_name", ProofMissing = "proof_missing", ProofWrong = "proof_wrong", NoName = "no_name",
        NotPointing = "not_pointing", PointsElsewhere = "points_elsewhere", Timeout = "timeout", Servfail = "servfail",
        Taken = "taken", Refused = "refused"
    }
    /// Whether a target takes new instances.
    TargetStatus { Active = "active", Draining = "draining", Maintenance = "maintenance", Disabled = "disabled" }
    /// How the emptying of a machine goes: empty, stopped by staff, not done in time, or the cluster refused.
    DrainStatus { Running = "running", Done = "done", Stopped = "stopped", Late = "late", Refused = "refused" }
    /// Why a suspension holds. `capacity`: it is paid again, and its slot was given to somebody else meanwhile.
    HoldReason {
        NonPayment = "non_payment", Abuse = "abuse", Staff = "staff", Chargeback = "chargeback", Fraud = "fraud",
        Capacity = "capacity"
    }
    /// How far a pause of automation reaches.
    PauseScope {
        Everything = "everything", Cluster = "cluster", Product = "product", Customer = "customer",
        Subscription = "subscription"
    }
    /// What a pause holds back: all that happens by itself, or reminders and warnings alone.
    PauseHolds { Everything = "everything", Mails = "mails" }
    /// A notice on its way.
    MessageStatus { Queued = "queued", Sent = "sent", Failed = "failed", Suppressed = "suppressed" }
    /// A piece of background work.
    JobStatus { Queued = "queued", Running = "running", Done = "done", Dead = "dead", Cancelled = "cancelled" }
    /// Life of a saga.
    SagaStatus { Running = "running", Succeeded = "succeeded", Unwinding = "unwinding", Failed = "failed", Stuck = "stuck" }
    /// A decision that waits for a second pair of eyes.
    ApprovalStatus { Pending = "pending", Approved = "approved", Rejected = "rejected" }
    /// A movement of a wallet as the customer sees it.
    WalletTransactionType {
        TopUp = "top_up", Payment = "payment", Refund = "refund", Adjustment = "adjustment", Overpayment = "overpayment",
        Payout = "payout", Transfer = "transfer"
    }
    /// Money of a wallet that goes to its owner's bank account: waits for a second pair of eyes, is to be transferred, was
    /// transferred, came back, was refused by the second pair of eyes, was called off.
    WalletPayoutStatus {
        Waiting = "waiting", Open = "open", Paid = "paid", Returned = "returned", Refused = "refused", Cancelled = "cancelled"
    }
    /// Money of a wallet that is set aside.
    WalletHoldStatus { Open = "open", Captured = "captured", Released = "released" }
    /// A change of plan: offered, waiting for its money or its day, under way, and how it ended.
    PlanChangeStatus {
        Quoted = "quoted", Scheduled = "scheduled", AwaitingPayment = "awaiting_payment", Changing = "changing", Done = "done", Failed = "failed", Cancelled = "cancelled"
    }
    /// What an account of the ledger is.
    LedgerAccountKind {
        Receivable = "receivable", Wallet = "wallet", GatewayClearing = "gateway_clearing", Bank = "bank", Revenue = "revenue",
        TaxPayable = "tax_payable", GatewayFees = "gateway_fees", LateFees = "late_fees", Goodwill = "goodwill", BadDebts = "bad_debts",
        Equity = "equity", PrepaidTax = "prepaid_tax", Unallocated = "unallocated", DeferredRevenue = "deferred_revenue"
    }
}

impl PaymentStatus {
    /// Higher never falls back to lower: closed unpaid (4) may still become paid (5), paid may only be given back (6).
    pub fn rank(self) -> u8 {
        match self {
            Self::Created => 0,
            Self::Unknown => 1,
            Self::Pending => 2,
            Self::Authorized | Self::Review => 3,
            Self::Failed | Self::Cancelled | Self::Expired => 4,
            Self::Succeeded => 5,
            Self::PartiallyRefunded => 6,
            Self::Reversed | Self::Chargeback | Self::Refunded => 7,
        }
    }

    /// Whether news may still come that changes it without money having come first.
    pub fn is_open(self) -> bool {
        self.rank() < 4
    }
}

impl InstanceStatus {
    /// Whether work is under way: the next act has to wait.
    pub fn is_transitional(self) -> bool {
        matches!(
            self,
            Self::Pending
                | Self::Provisioning
                | Self::Stopping
                | Self::Starting
                | Self::Restarting
                | Self::Suspending
                | Self::Resuming
                | Self::Changing
                | Self::Restoring
                | Self::Terminating
        )
    }
}

impl SubscriptionStatus {
    /// Whether the contract still stands: an upgrade-only product may have one such per customer.
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Terminated)
    }
}
