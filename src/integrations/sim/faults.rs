//! Faults that a person or a test switches on for the next calls to a simulator.
use std::sync::Mutex;

macro_rules! fault_kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal),* $(,)?) => {
        /// What goes wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum FaultKind { $($(#[$doc])* $variant),* }

        impl FaultKind {
            /// Every fault.
            pub const ALL: &'static [FaultKind] = &[$(Self::$variant),*];

            /// The word in the demo's API.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The fault a word names.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

fault_kinds! {
    /// Answers late.
    Delay = "delay",
    /// Never answers and does nothing.
    TimeoutBefore = "timeout_before",
    /// Does it and never answers.
    TimeoutAfterEffect = "timeout_after_effect",
    /// Answers 500 and does nothing.
    Status500 = "status_500",
    /// Answers 429 and does nothing.
    Status429 = "status_429",
    /// Answers 401 and does nothing: the key has run out.
    Status401 = "status_401",
    /// Answers 403 and does nothing: the right was taken away.
    Status403 = "status_403",
    /// Does it and answers what nobody can read.
    Malformed = "malformed",
    /// Closes the connection without an answer, nothing done.
    DropConnection = "drop_connection",
    /// Reports twice.
    DuplicateWebhook = "duplicate_webhook",
    /// Reports late.
    LateWebhook = "late_webhook",
    /// Reports in the wrong order.
    ReorderedWebhook = "reordered_webhook",
    /// Reports before it answers the call.
    WebhookBeforeResponse = "webhook_before_response",
    /// Reports with a wrong signature.
    WrongSignature = "wrong_signature",
}

/// A fault that waits for its next calls.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Which simulator.
    pub target: String,
    /// What goes wrong.
    pub kind: FaultKind,
    /// For how many more calls.
    pub times: u32,
    /// How late, in milliseconds.
    pub delay_ms: Option<u64>,
    /// Only calls whose path contains this.
    pub path_contains: Option<String>,
}

/// The faults that are on.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Switches a fault on.
    pub fn add(&self, fault: Fault) {
        self.list_mut().push(fault);
    }

    /// Switches all off.
    pub fn clear(&self) {
        self.list_mut().clear();
    }

    /// What is on.
    pub fn list(&self) -> Vec<Fault> {
        self.list_mut().clone()
    }

    /// Uses up one call of the first fault that is one of `kinds` and fits target and path.
    pub fn take(&self, target: &str, path: &str, kinds: &[FaultKind]) -> Option<Fault> {
        let mut faults = self.list_mut();
        let index = faults.iter().position(|fault| {
            fault.target == target
                && kinds.contains(&fault.kind)
                && fault.path_contains.as_ref().is_none_or(|part| path.contains(part.as_str()))
        })?;
        let fault = faults[index].clone();
        faults[index].times = fault.times.saturating_sub(1);
        if faults[index].times == 0 {
            faults.remove(index);
        }
        Some(fault)
    }

    fn list_mut(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
