//! News of price quotes.
use crate::kernel::outbox::Event;
use entity::value::{CustomerId, QuoteId, QuoteStatus};
use serde::{Deserialize, Serialize};

/// A quote was sent to its customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteSent {
    /// Which.
    pub quote_id: QuoteId,
    /// To whom.
    pub customer_id: CustomerId,
}

impl Event for QuoteSent {
    const NAME: &'static str = "quote.sent";

    fn aggregate_id(&self) -> String {
        self.quote_id.to_string()
    }
}

/// A quote that waits for an answer ends soon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteEnding {
    /// Which.
    pub quote_id: QuoteId,
    /// Whose answer it waits for.
    pub customer_id: CustomerId,
}

impl Event for QuoteEnding {
    const NAME: &'static str = "quote.ending";

    fn aggregate_id(&self) -> String {
        self.quote_id.to_string()
    }
}

/// The customer accepted or declined a quote, or let its time pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteDecided {
    /// Which.
    pub quote_id: QuoteId,
    /// Whose.
    pub customer_id: CustomerId,
    /// What became of it: accepted, declined or expired.
    pub status: QuoteStatus,
}

impl Event for QuoteDecided {
    const NAME: &'static str = "quote.decided";

    fn aggregate_id(&self) -> String {
        self.quote_id.to_string()
    }
}
