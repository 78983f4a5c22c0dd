//! What a line of a report speaks of, as far as we know it. A constant number of statements per thousand lines.
use super::columns::{Kind, Told};
use entity::{
    payments::{payment, refund, settlement_line, unallocated_money},
    value::{
        IDR, PaymentAccountId, PaymentId, PaymentStatus, RefundId, RefundStatus, SettlementId, UnallocatedMoneyId,
    },
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Statement,
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Names looked up with one statement.
const AT_ONCE: usize = 1_000;

/// What was found about a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// A payment of ours, as we know it.
    Matched,
    /// A payment of ours; the gateway kept another fee than it had told.
    FeeDiffers,
    /// A payment of ours over another amount.
    AmountDiffers,
    /// A payment of ours of which we do not know that it was paid.
    NotSettled,
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
    pub const ALL: [Self; 14] = [
        Self::Matched,
        Self::FeeDiffers,
        Self::AmountDiffers,
        Self::NotSettled,
        Self::Unknown,
        Self::Unallocated,
        Self::Refund,
        Self::RefundUnknown,
        Self::Chargeback,
        Self::ChargebackUnknown,
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
            Self::Unknown => "unknown",
            Self::Unallocated => "unallocated",
            Self::Refund => "refund",
            Self::RefundUnknown => "refund_unknown",
            Self::Chargeback => "chargeback",
            Self::ChargebackUnknown => "chargeback_unknown",
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
        use Verdict::{Chargeback, Fee, FeeDiffers, Matched, Refund, Unallocated};
        matches!(self, Matched | FeeDiffers | Unallocated | Refund | Chargeback | Fee)
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
    /// The payment it pays out, or takes back.
    pub payment_id: Option<PaymentId>,
    /// The refund it deducts.
    pub refund_id: Option<RefundId>,
    /// The money without a payment of ours it pays out.
    pub unallocated_id: Option<UnallocatedMoneyId>,
}

impl Match {
    /// What the gateway kept of it.
    pub fn fee_minor(&self) -> i64 {
        self.clearing_minor - self.told.net_minor
    }
}

/// What we expect a gateway to pay out for `payment`, minor units; nothing where no money of it was ever booked. Of one
/// that was taken back it is what had come before (`came`): its report tells the payment and the taking back one by one.
fn expected_minor(payment: &payment::Model, came: &HashMap<PaymentId, i64>) -> Option<i64> {
    match payment.status {
        PaymentStatus::Reversed | PaymentStatus::Chargeback => came.get(&payment.id).copied(),
        status => (status.rank() >= PaymentStatus::Succeeded.rank()).then_some(payment.received_minor),
    }
}

/// What is expected for one payment.
pub(super) async fn expected_of(db: &impl ConnectionTrait, payment: &payment::Model) -> Result<Option<i64>, DbErr> {
    Ok(expected_minor(payment, &came(db, std::slice::from_ref(payment)).await?))
}

/// What the books say had come of those of `payments` that were taken back.
async fn came<'a>(
    db: &impl ConnectionTrait,
    payments: impl IntoIterator<Item = &'a payment::Model>,
) -> Result<HashMap<PaymentId, i64>, DbErr> {
    let is_gone = |one: &&payment::Model| matches!(one.status, PaymentStatus::Reversed | PaymentStatus::Chargeback);
    let ids: BTreeSet<&str> = payments.into_iter().filter(is_gone).map(|one| one.id.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let mut sums = HashMap::new();
    for ids in ids.chunks(AT_ONCE) {
        let places: Vec<String> = (1..=ids.len()).map(|at| format!("${at}")).collect();
        let sql = format!(
            "SELECT t.source_id AS id, CAST(SUM(e.amount_minor) AS bigint) AS minor FROM ledger_transactions t
             JOIN ledger_entries e ON e.transaction_id = t.id
             JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'gateway_clearing'
             WHERE t.idempotency_key IN ({})
             GROUP BY t.source_id",
            places.join(", ")
        );
        let values = ids.iter().map(|id| format!("payment_settled:{id}").into());
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let rows = Taken::find_by_statement(statement).all(db).await?;
        sums.extend(rows.into_iter().map(|row| (row.id, row.minor)));
    }
    Ok(sums)
}

/// Everything lines may speak of.
struct Known {
    payments: HashMap<String, payment::Model>,
    unallocated: HashMap<String, unallocated_money::Model>,
    refunds: HashMap<PaymentId, Vec<refund::Model>>,
    taken_back: HashMap<PaymentId, i64>,
    chargebacks: HashSet<PaymentId>,
    /// What had come of payments that were taken back.
    came: HashMap<PaymentId, i64>,
    /// Keys of lines that stand in reports of the account, with what they come to.
    keys: HashMap<String, (i64, i64)>,
}

/// What the lines of the report `of` speak of. Keys of lines that stand in other reports of the account make a line
/// known; a line that is matched once more brings its own.
pub(super) async fn match_all(
    db: &impl ConnectionTrait,
    account_id: &PaymentAccountId,
    of: &SettlementId,
    told: Vec<(Told, Option<String>)>,
) -> Result<Vec<Match>, DbErr> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let keyed: Vec<(Told, String, bool)> = told
        .into_iter()
        .map(|(told, key)| match key {
            Some(key) => (told, key, false),
            None => {
                let key = base_key(&told, of);
                let nth = seen.entry(key.clone()).or_default();
                *nth += 1;
                // Two refunds of a day may be alike; a payment is paid out once.
                let key = if *nth > 1 && told.kind != Kind::Payment { format!("{key}:{nth}") } else { key };
                (told, key, true)
            }
        })
        .collect();
    let mut known = known(db, account_id, &keyed).await?;
    Ok(keyed.into_iter().map(|(told, key, is_new)| known.judge(told, key, is_new)).collect())
}

fn base_key(told: &Told, of: &SettlementId) -> String {
    let name = if told.reference.is_empty() { &told.external_id } else { &told.reference };
    match (told.kind, told.day) {
        (Kind::Payment, _) => payment_key(name),
        // Nothing tells such a fee from one of another report: it is this one's.
        (Kind::Fee, None) if name.is_empty() => format!("fee:{of}:{}:{}", told.gross_minor, told.net_minor),
        (kind, day) => {
            let day = day.map(|day| day.to_string()).unwrap_or_default();
            format!("{}:{name}:{}:{}:{day}", kind.as_str(), told.gross_minor, told.net_minor)
        }
    }
}

fn payment_key(name: &str) -> String {
    format!("payment:{name}")
}

/// The key of a second line of a payment.
fn second_key(key: &str, told: &Told) -> String {
    format!("{key}:{}:{}", told.gross_minor, told.net_minor)
}

async fn known(
    db: &impl ConnectionTrait,
    account_id: &PaymentAccountId,
    lines: &[(Told, String, bool)],
) -> Result<Known, DbErr> {
    let names: BTreeSet<&str> = lines
        .iter()
        .flat_map(|(told, _, _)| [told.reference.as_str(), told.external_id.as_str()])
        .filter(|name| !name.is_empty())
        .collect();
    let names: Vec<&str> = names.into_iter().collect();
    let (mut by_reference, mut by_external, mut unallocated) = (HashMap::new(), HashMap::new(), HashMap::new());
    for names in names.chunks(AT_ONCE) {
        use payment::Column::{AccountId, ExternalId, Reference};
        let ours = || payment::Entity::find().filter(AccountId.eq(account_id));
        for row in ours().filter(Reference.is_in(names.iter().copied())).all(db).await? {
            by_reference.insert(row.reference.clone(), row);
        }
        for row in ours().filter(ExternalId.is_in(names.iter().copied())).all(db).await? {
            by_external.insert(row.external_id.clone().unwrap_or_default(), row);
        }
        let found = unallocated_money::Entity::find()
            .filter(unallocated_money::Column::AccountId.eq(account_id))
            .filter(unallocated_money::Column::Reference.is_in(names.iter().copied()))
            .filter(unallocated_money::Column::PaidOutAt.is_null());
        for row in found.all(db).await? {
            unallocated.insert(row.reference.clone(), row);
        }
    }
    // A name of ours goes before one of the gateway's: columns may be taken for each other.
    by_external.extend(by_reference);
    let payments: HashMap<String, payment::Model> = by_external;
    let of_kind = |wanted: Kind| -> Vec<String> {
        let lines = lines.iter().filter(|(told, _, _)| told.kind == wanted);
        let ids: BTreeSet<String> =
            lines.filter_map(|(told, _, _)| find(&payments, told)).map(|payment| payment.id.0.clone()).collect();
        ids.into_iter().collect()
    };
    let refunds = refunds_of(db, of_kind(Kind::Refund)).await?;
    let (taken_back, chargebacks) = taken_back(db, of_kind(Kind::Chargeback)).await?;
    let came = came(db, payments.values()).await?;
    let keys = keys_of(db, account_id, lines).await?;
    Ok(Known { payments, unallocated, refunds, taken_back, chargebacks, came, keys })
}

fn find<'a>(payments: &'a HashMap<String, payment::Model>, told: &Told) -> Option<&'a payment::Model> {
    let by = |name: &str| if name.is_empty() { None } else { payments.get(name) };
    by(&told.reference).or_else(|| by(&told.external_id))
}

async fn keys_of(
    db: &impl ConnectionTrait,
    account_id: &PaymentAccountId,
    lines: &[(Told, String, bool)],
) -> Result<HashMap<String, (i64, i64)>, DbErr> {
    use settlement_line::Column::{AccountId, GrossMinor, LineKey, NetMinor};
    let new = lines.iter().filter(|(_, _, is_new)| *is_new);
    let new: Vec<String> = new.flat_map(|(told, key, _)| [key.clone(), second_key(key, told)]).collect();
    let mut found = HashMap::new();
    for keys in new.chunks(AT_ONCE) {
        let rows: Vec<(String, i64, i64)> = settlement_line::Entity::find()
            .select_only()
            .columns([LineKey, GrossMinor, NetMinor])
            .filter(AccountId.eq(account_id))
            .filter(LineKey.is_in(keys.iter().cloned()))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|(key, gross, net)| (key, (gross, net))));
    }
    Ok(found)
}

/// Refunds through the gateway that no report has deducted yet, oldest first.
pub(super) async fn refunds_of(
    db: &impl ConnectionTrait,
    ids: Vec<String>,
) -> Result<HashMap<PaymentId, Vec<refund::Model>>, DbErr> {
    let mut found: HashMap<PaymentId, Vec<refund::Model>> = HashMap::new();
    for ids in ids.chunks(AT_ONCE) {
        let rows = refund::Entity::find()
            .filter(refund::Column::PaymentId.is_in(ids.iter().cloned()))
            .filter(refund::Column::Status.eq(RefundStatus::Succeeded))
            .filter(refund::Column::Destination.eq("gateway"))
            .order_by_asc(refund::Column::Id)
            .all(db)
            .await?;
        let deducted: Vec<Option<RefundId>> = settlement_line::Entity::find()
            .select_only()
            .column(settlement_line::Column::RefundId)
            .filter(settlement_line::Column::RefundId.is_in(rows.iter().map(|row| row.id.0.clone())))
            .into_tuple()
            .all(db)
            .await?;
        let deducted: HashSet<RefundId> = deducted.into_iter().flatten().collect();
        for row in rows.into_iter().filter(|row| !deducted.contains(&row.id)) {
            found.entry(row.payment_id.clone()).or_default().push(row);
        }
    }
    Ok(found)
}

#[derive(FromQueryResult)]
struct Taken {
    id: PaymentId,
    minor: i64,
}

/// What the books say gateways took back of these payments, and of which a report has deducted it already.
pub(super) async fn taken_back(
    db: &impl ConnectionTrait,
    ids: Vec<String>,
) -> Result<(HashMap<PaymentId, i64>, HashSet<PaymentId>), DbErr> {
    let (mut sums, mut deducted) = (HashMap::new(), HashSet::new());
    for ids in ids.chunks(AT_ONCE) {
        let places: Vec<String> = (1..=ids.len()).map(|at| format!("${at}")).collect();
        let sql = format!(
            "SELECT t.source_id AS id, CAST(SUM(e.amount_minor) AS bigint) AS minor FROM ledger_transactions t
             JOIN ledger_entries e ON e.transaction_id = t.id
             JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'gateway_clearing'
             WHERE t.source_type = 'payment' AND t.source_id IN ({}) AND t.kind IN ('payment_reversed', 'money_unallocated')
               AND e.amount_minor < 0
             GROUP BY t.source_id",
            places.join(", ")
        );
        let values = ids.iter().map(|id| id.clone().into());
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let rows = Taken::find_by_statement(statement).all(db).await?;
        sums.extend(rows.into_iter().map(|row| (row.id, row.minor)));
        let lines: Vec<Option<PaymentId>> = settlement_line::Entity::find()
            .select_only()
            .column(settlement_line::Column::PaymentId)
            .filter(settlement_line::Column::PaymentId.is_in(ids.iter().cloned()))
            .filter(settlement_line::Column::Kind.eq(Kind::Chargeback.as_str()))
            .into_tuple()
            .all(db)
            .await?;
        deducted.extend(lines.into_iter().flatten());
    }
    Ok((sums, deducted))
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
        };
        // The key of a line of this very file is taken as well: it stands here twice.
        let is_known = is_new && found.told.kind != Kind::Sum && self.is_known(&mut found);
        found.verdict = match found.told.kind {
            Kind::Sum => Verdict::Sum,
            _ if is_known => Verdict::Already,
            Kind::Fee => Verdict::Fee,
            _ if found.told.is_inconsistent => Verdict::Inconsistent,
            Kind::Payment => self.payment(&mut found),
            Kind::Refund => self.refund(&mut found),
            Kind::Chargeback => self.chargeback(&mut found),
            Kind::Returned => Verdict::Unknown,
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
        let Some(expected) = expected else { return Verdict::NotSettled };
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
        (found.clearing_minor, found.payment_id) = (found.told.gross_minor, Some(id));
        Verdict::Chargeback
    }
}
