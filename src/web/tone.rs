//! The five tones of a state: a colour and a shape that always come with the state's word.

/// How a state looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Green: runs, paid, done.
    Good,
    /// Amber: needs attention or waits for the person.
    Warn,
    /// Red: failed, overdue, lost.
    Bad,
    /// Blue: under way, for information.
    Info,
    /// Grey: over, or not begun.
    Quiet,
}

impl Tone {
    /// The word in class names: `badge-good`, `alert-good`.
    pub fn as_str(self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
            Tone::Info => "info",
            Tone::Quiet => "quiet",
        }
    }

    /// The tone a word names.
    pub fn parse(word: &str) -> Option<Self> {
        [Tone::Good, Tone::Warn, Tone::Bad, Tone::Info, Tone::Quiet].into_iter().find(|tone| tone.as_str() == word)
    }

    /// The icon beside the word, so that colour is never alone.
    pub fn icon(self) -> &'static str {
        match self {
            Tone::Good => "circle-check",
            Tone::Warn => "alert-triangle",
            Tone::Bad => "alert-octagon",
            Tone::Info => "progress",
            Tone::Quiet => "circle-minus",
        }
    }

    /// The tone of a state's word in its family (the families of `locales/*/status.ftl`).
    pub fn of(family: &str, word: &str) -> Self {
        match (family, word) {
            // Waiting for the buyer's money is his turn; everywhere else waiting is ours.
            ("order-status" | "payment-status" | "invoice-status", "pending" | "issued" | "partially_paid") => {
                Tone::Warn
            }
            ("unallocated-status" | "difference-status" | "dispute-status", "open")
            | ("withholding-status", "outstanding")
            | ("settlement-line-status", "waiting") => Tone::Warn,
            ("wallet-payout-status", "open" | "returned") => Tone::Warn,
            ("dispute-status", "lost") => Tone::Bad,
            ("difference-status", "repaired") | ("dispute-status", "won") => Tone::Good,
            ("import-status", "draft" | "running") => Tone::Info,
            ("import-verdict", "new" | "linked") => Tone::Good,
            ("import-verdict", "changed") => Tone::Warn,
            ("import-verdict", "faulty") => Tone::Bad,
            ("withholding-status", "received") => Tone::Good,
            ("withholding-status", "withdrawn" | "reverted") => Tone::Quiet,
            ("settlement-status", "draft") => Tone::Info,
            ("settlement-status" | "settlement-line-status", "booked") => Tone::Good,
            ("settlement-verdict", "matched" | "refund" | "chargeback" | "returned" | "fee" | "unallocated") => {
                Tone::Good
            }
            ("settlement-verdict", "already" | "sum") => Tone::Quiet,
            ("settlement-verdict", "fee_differs") => Tone::Info,
            ("settlement-verdict", _) => Tone::Warn,
            ("unallocated-status", "allocated") => Tone::Good,
            ("books-state", "failed") => Tone::Bad,
            ("redemption-status", "reserved") | ("quote-status", "sent") => Tone::Info,
            ("quote-status", "accepted") => Tone::Good,
            ("quote-status", "declined") => Tone::Warn,
            ("redemption-status", "committed") => Tone::Good,
            ("payment-status", "cancelled" | "expired" | "created") => Tone::Quiet,
            ("drain-status", "refused") => Tone::Bad,
            ("drain-status", "running") => Tone::Info,
            ("target-status", "draining")
            | ("drain-status", "late" | "stopped")
            | ("subscription-status", "cancelled") => Tone::Warn,
            (_, "active" | "paid" | "running" | "ok" | "succeeded" | "done" | "processed" | "sent" | "approved")
                if family != "task-status"
                    && family != "step-status"
                    && family != "job-status"
                    && family != "saga-status" =>
            {
                Tone::Good
            }
            (_, "succeeded" | "done") => Tone::Good,
            (_, "suspended" | "past_due" | "needs_review" | "degraded" | "review" | "fraud_review" | "unknown")
            | (_, "maintenance" | "unmatched" | "stuck" | "partially_refunded" | "non_payment") => Tone::Warn,
            (_, "failed" | "error" | "overdue" | "crashing" | "failing" | "unreachable" | "dead" | "rejected")
            | (_, "chargeback" | "reversed" | "abuse" | "fraud") => Tone::Bad,
            (_, "pending" | "provisioning" | "stopping" | "starting" | "restarting" | "suspending" | "resuming")
            | (_, "changing" | "restoring" | "terminating" | "queued" | "running" | "waiting" | "undoing")
            | (_, "unwinding" | "authorized" | "trialing" | "held" | "received" | "invoiced") => Tone::Info,
            _ => Tone::Quiet,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_somebody_is_never_green_or_grey() {
        for (family, word, tone) in [
            ("invoice-status", "overdue", Tone::Bad),
            ("invoice-status", "issued", Tone::Warn),
            ("invoice-status", "paid", Tone::Good),
            ("invoice-status", "void", Tone::Quiet),
            ("instance-status", "running", Tone::Good),
            ("instance-status", "provisioning", Tone::Info),
            ("instance-status", "needs_review", Tone::Warn),
            ("instance-status", "stopped", Tone::Quiet),
            ("task-status", "running", Tone::Info),
            ("task-status", "succeeded", Tone::Good),
            ("job-status", "dead", Tone::Bad),
            ("payment-status", "unknown", Tone::Warn),
            ("payment-status", "pending", Tone::Warn),
            ("payment-status", "expired", Tone::Quiet),
            ("health", "unreachable", Tone::Bad),
            ("subscription-status", "past_due", Tone::Warn),
        ] {
            assert_eq!(Tone::of(family, word), tone, "{family} {word}");
        }
    }
}
