//! What a line of a report speaks of, as far as we know it. A constant number of statements per thousand lines.
use super::{
    columns::{Kind, Told},
    keys::{keyed, payment_key, second_key},
    known::{Known, Returned, expected_minor, find, known},
};
use crate::domain::payments::dispute_fee::{FeeTold, LARGEST_FEE};
use entity::{
    payments::dispute,
    value::{
        DisputeId, DisputeStatus, IDR, PaymentAccountId, PaymentId, PaymentStatus, RefundId, SettlementId,
        UnallocatedMoneyId, business_day,
    },
};
use sea_orm::{ConnectionTrait, DbErr};

/// What was found about a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// A payment of ours, as we know it.
    Matched,
    /// A payment of ours; the gateway kept another fee than it had told.
    FeeDiffers,
    /// A payment of ours over another amount.
    AmountDiffers,
    /// A payment of ours of which we do not know that it was paid, or a dispute that is not decided.
    NotSettled,
    /// A payment of ours that was taken back before we knew that it had come: nothing of it will ever be booked by itself.
    TakenBack,
    /// No payment of ours.
    Unknown,
    /// Money that fitted no payment of ours when it came, and is known as such.
    Unallocated,
    /// A refund of ours.
    Refund,
    /// Money given back that we know of no refund for.
    RefundUnknown,
    /// A payment that we know was taken back.
    Chargeback,
    /// A payment of which we do not know that it was taken back, or so much of it.
    ChargebackUnknown,
    /// What a dispute that was won brought back, where it became no payment.
    Returned,
    /// A fee by itself.
    Fee,
    /// It was booked before.
    Already,
    /// A sum of other lines, or a transfer to us: nothing to book.
    Sum,
    /// Its amounts do not come to the same.
    Inconsistent,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 16] = [
        Self::Matched,
        Self::FeeDiffers,
        Self::AmountDiffers,
        Self::NotSettled,
        Self::TakenBack,
        Self::Unknown,
        Self::Unallocated,
        Self::Refund,
        Self::RefundUnknown,
        Self::Chargeback,
        Self::ChargebackUnknown,
        Self::Returned,
        Self::Fee,
        Self::Already,
        Self::Sum,
        Self::Inconsistent,
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::FeeDiffers => "fee_differs",
            Self::AmountDiffers => "amount_differs",
            Self::NotSettled => "not_settled",
            Self::TakenBack => "taken_back",
            Self::Unknown => "unknown",
            Self::Unallocated => "unallocated",
            Self::Refund => "refund",
            Self::RefundUnknown => "refund_unknown",
            Self::Chargeback => "chargeback",
            Self::ChargebackUnknown => "chargeback_unknown",
            Self::Returned => "returned",
            Self::Fee => "fee",
            Self::Already => "already",
            Self::Sum => "sum",
            Self::Inconsistent => "inconsistent",
        }
    }

    /// The verdict a stored word names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == word)
    }

    /// Whether such a line is booked with its report.
    pub fn is_booked(self) -> bool {
        use Verdict::{Chargeback, Fee, FeeDiffers, Matched, Refund, Returned, Unallocated};
        matches!(self, Matched | FeeDiffers | Unallocated | Refund | Chargeback | Returned | Fee)
    }

    /// Whether the payment that such a line is about is paid out by it.
    pub fn pays_out(self) -> bool {
        self.is_booked() && !matches!(self, Self::Chargeback | Self::Returned)
    }

    /// Whether such a line waits for a person.
    pub fn waits(self) -> bool {
        !self.is_booked() && !matches!(self, Self::Already | Self::Sum)
    }
}

/// A line with what was found about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// What it says.
    pub told: Told,
    /// What was found.
    pub verdict: Verdict,
    /// The same line has the same key.
    pub line_key: String,
    /// What it takes out of clearing; 0 where nothing is booked.
    pub clearing_minor: i64,
    /// What we expected it to be, where it speaks of something of ours.
    pub expected_minor: Option<i64>,
    /// The fee the gateway had told before, where it did and another one was kept.
    pub told_fee_minor: Option<i64>,
    /// The payment it pays out, takes back, or gives back.
    pub payment_id: Option<PaymentId>,
    /// The refund it deducts.
    pub refund_id: Option<RefundId>,
    /// The money without a payment of ours it pays out.
    pub unallocated_id: Option<UnallocatedMoneyId>,
    /// What it tells of the fee of a dispute. That fee is booked with the dispute; the line settles it out of clearing.
    pub dispute_fee: Option<(DisputeId, FeeTold)>,
}

impl Match {
    /// What the gateway kept of it.
    pub fn fee_minor(&self) -> i64 {
        self.clearing_minor - self.told.net_minor
    }

    /// What the line takes beside `clearing_minor` is the fee of `dispute`, where no report has told that; what a line of
    /// money that comes to us again brings beside is what the gateway gives back of a fee, as far as there can be one.
    pub(super) fn tell_fee(&mut self, dispute: &mut dispute::Model) {
        let fee = self.fee_minor();
        let told = if fee > 0 && self.told.kind != Kind::Returned && !dispute.is_fee_told {
            dispute.is_fee_told = true;
            FeeTold::Charged(fee)
        } else if self.told.kind == Kind::Returned && fee < 0 && may_come_back(dispute, -fee) {
            dispute.is_fee_back_told = true;
            FeeTold::GivenBack(-fee)
        } else {
            return;
        };
        self.clearing_minor = self.told.net_minor;
        self.dispute_fee = Some((dispute.id.clone(), told));
    }

    /// The line brings back the fee of a dispute that was won, and nothing else.
    pub(super) fn bring_fee_back(&mut self, dispute: &dispute::Model) -> Verdict {
        self.clearing_minor = self.told.net_minor;
        self.dispute_fee = Some((dispute.id.clone(), FeeTold::GivenBack(self.told.net_minor)));
        Verdict::Fee
    }

    /// The line brings what a dispute about `payment_id` gave back: the payment that became, or money without one.
    pub(super) fn bring_back(&mut self, payment_id: &PaymentId, minor: i64, became: Option<PaymentId>) -> Verdict {
        let verdict = if became.is_some() { Verdict::Matched } else { Verdict::Returned };
        (self.clearing_minor, self.payment_id) = (minor, Some(became.unwrap_or_else(|| payment_id.clone())));
        verdict
    }
}

/// Whether so much of the fee of a dispute may come back: it was won, nothing was told to have come back, and it is no
/// more than was charged, or than a fee can be where the charge is not known.
pub(super) fn may_come_back(dispute: &dispute::Model, minor: i64) -> bool {
    let most = if dispute.fee_minor > 0 { dispute.fee_minor } else { LARGEST_FEE };
    dispute.status == DisputeStatus::Won && !dispute.is_fee_back_told && (1..=most).contains(&minor)
}

/// What the lines of the report `of` speak of. Keys of lines that stand in other reports of the account make a line
/// known; a line that is matched once more brings its own.
pub(super) async fn match_all(
    db: &impl ConnectionTrait,
    account_id: &PaymentAccountId,
    of: &SettlementId,
    told: Vec<(Told, Option<String>)>,
) -> Result<Vec<Match>, DbErr> {
    let keyed = keyed(db, account_id, of, told).await?;
    let mut known = known(db, account_id, &keyed).await?;
    Ok(keyed.into_iter().map(|(told, key, is_new)| known.judge(told, key, is_new)).collect())
}

impl Known {
    fn judge(&mut self, told: Told, line_key: String, is_new: bool) -> Match {
        let mut found = Match {
            told,
            verdict: Verdict::Unknown,
            line_key,
            clearing_minor: 0,
            expected_minor: None,
            told_fee_minor: None,
            payment_id: None,
            refund_id: None,
            unallocated_id: None,
            dispute_fee: None,
        };
        // The key of a line of this very file is taken as well: it stands here twice.
        let is_known = is_new && found.told.kind != Kind::Sum && self.is_known(&mut found);
        found.verdict = match found.told.kind {
            Kind::Sum => Verdict::Sum,
            _ if is_known => Verdict::Already,
            Kind::Fee => Verdict::Fee,
            Kind::DisputeFee => self.dispute_fee(&mut found),
            _ if found.told.is_inconsistent => Verdict::Inconsistent,
            Kind::Payment => self.payment(&mut found),
            Kind::Refund => self.refund(&mut found),
            Kind::Chargeback => self.chargeback(&mut found),
            Kind::Returned => self.returned(&mut found),
        };
        found
    }

    /// Whether the line was brought before, here or by another report. A second line of a payment over another sum is
    /// none of these: it gets a key of its own and waits for a person.
    fn is_known(&mut self, found: &mut Match) -> bool {
        let sums = (found.told.gross_minor, found.told.net_minor);
        if found.told.kind == Kind::Payment && self.keys.get(&found.line_key).is_some_and(|known| *known != sums) {
            found.line_key = second_key(&found.line_key, &found.told);
        }
        self.keys.insert(found.line_key.clone(), sums).is_some()
    }

    /// Where it names a payment whose money was taken back, from that day on, it is the fee of its dispute.
    fn dispute_fee(&mut self, found: &mut Match) -> Verdict {
        let about = find(&self.payments, &found.told).and_then(|payment| self.disputes.get_mut(&payment.id));
        if let Some(dispute) = about
            && found.told.day.is_none_or(|day| day >= business_day(dispute.opened_at))
        {
            found.tell_fee(dispute);
        }
        Verdict::Fee
    }

    fn payment(&mut self, found: &mut Match) -> Verdict {
        let told = &found.told;
        let name = if told.reference.is_empty() { &told.external_id } else { &told.reference };
        let is_second = found.line_key != payment_key(name);
        let Some(payment) = find(&self.payments, told) else {
            return if is_second { Verdict::Unknown } else { self.unallocated(found) };
        };
        let expected = expected_minor(payment, &self.came);
        let id = payment.id.clone();
        (found.payment_id, found.expected_minor) = (Some(id.clone()), expected);
        if payment.paid_out_at.is_some() {
            return if is_second { Verdict::AmountDiffers } else { Verdict::Already };
        }
        let was_taken = matches!(payment.status, PaymentStatus::Reversed | PaymentStatus::Chargeback);
        let Some(expected) = expected else {
            return if was_taken { Verdict::TakenBack } else { Verdict::NotSettled };
        };
        // Some reports tell what the payer handed over, where the gateway's fee came on top.
        let with_fee = payment.instructions["payable_minor"].as_i64();
        let fits = told.gross_minor == expected || (Some(told.gross_minor) == with_fee && told.net_minor <= expected);
        if !fits || payment.currency != IDR {
            return Verdict::AmountDiffers;
        }
        let fee = expected - told.net_minor;
        let differs = payment.fee_minor > 0 && payment.fee_minor != fee;
        (found.clearing_minor, found.told_fee_minor) = (expected, differs.then_some(payment.fee_minor));
        let paid = self.payments.values_mut().filter(|known| known.id == id);
        paid.for_each(|known| known.paid_out_at = Some(chrono::DateTime::<chrono::Utc>::default()));
        if differs { Verdict::FeeDiffers } else { Verdict::Matched }
    }

    fn unallocated(&mut self, found: &mut Match) -> Verdict {
        let told = &found.told;
        let name = [&told.reference, &told.external_id].into_iter().find(|name| self.unallocated.contains_key(*name));
        let Some(money) = name.and_then(|name| self.unallocated.get(name)) else { return Verdict::Unknown };
        found.expected_minor = Some(money.amount_minor);
        if money.amount_minor != told.gross_minor || money.currency != IDR {
            return Verdict::AmountDiffers;
        }
        let id = money.id.clone();
        (found.clearing_minor, found.unallocated_id) = (money.amount_minor, Some(id.clone()));
        self.unallocated.retain(|_, known| known.id != id);
        Verdict::Unallocated
    }

    fn refund(&mut self, found: &mut Match) -> Verdict {
        let Some(payment) = find(&self.payments, &found.told) else { return Verdict::RefundUnknown };
        let open = self.refunds.entry(payment.id.clone()).or_default();
        let at = open.iter().position(|refund| -refund.amount_minor == found.told.gross_minor);
        let Some(at) = at else { return Verdict::RefundUnknown };
        let refund = open.remove(at);
        (found.clearing_minor, found.expected_minor) = (-refund.amount_minor, Some(-refund.amount_minor));
        found.refund_id = Some(refund.id);
        Verdict::Refund
    }

    fn chargeback(&mut self, found: &mut Match) -> Verdict {
        let Some(payment) = find(&self.payments, &found.told) else { return Verdict::ChargebackUnknown };
        let id = payment.id.clone();
        found.expected_minor = self.taken_back.get(&id).copied();
        if self.chargebacks.contains(&id) {
            return Verdict::Already;
        }
        if found.expected_minor != Some(found.told.gross_minor) {
            return Verdict::ChargebackUnknown;
        }
        self.chargebacks.insert(id.clone());
        (found.clearing_minor, found.payment_id) = (found.told.gross_minor, Some(id.clone()));
        if let Some(dispute) = self.disputes.get_mut(&id) {
            found.tell_fee(dispute);
        }
        Verdict::Chargeback
    }

    fn returned(&mut self, found: &mut Match) -> Verdict {
        let Some(payment) = find(&self.payments, &found.told) else { return Verdict::Unknown };
        let id = payment.id.clone();
        let (minor, became) = match self.returned.get(&id) {
            None => return Verdict::Unknown,
            Some(Returned::Open) => return Verdict::NotSettled,
            Some(Returned::Won { minor, became }) => (*minor, became.clone()),
        };
        found.expected_minor = Some(minor);
        if minor != found.told.gross_minor {
            return Verdict::AmountDiffers;
        }
        // A second line that says the same is another one.
        self.returned.remove(&id);
        let verdict = found.bring_back(&id, minor, became);
        if let Some(dispute) = self.disputes.get_mut(&id) {
            found.tell_fee(dispute);
        }
        verdict
    }
}
