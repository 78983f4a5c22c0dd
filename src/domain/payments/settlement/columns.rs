//! Which column of a vendor's table says what: guessed from its heading, and set by staff where the guess is wrong, as
//! vendors change their layouts without a word. Pure.
use super::words::{amount, day, fee};
use crate::kernel::table::Table;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a column says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Our reference, the gateway's order id.
    Reference,
    /// The gateway's own id.
    ExternalId,
    /// What kind of line it is.
    Kind,
    /// What was paid, before fees.
    Amount,
    /// What the gateway keeps.
    Fee,
    /// Tax on what it keeps.
    Tax,
    /// What comes to our bank account.
    Net,
    /// On which day.
    Day,
}

impl Role {
    /// Every role, in the order of the form.
    pub const ALL: [Self; 8] =
        [Self::Reference, Self::ExternalId, Self::Kind, Self::Amount, Self::Fee, Self::Tax, Self::Net, Self::Day];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::ExternalId => "external_id",
            Self::Kind => "kind",
            Self::Amount => "amount",
            Self::Fee => "fee",
            Self::Tax => "tax",
            Self::Net => "net",
            Self::Day => "day",
        }
    }

    /// Headings that mean it, best first, as `plain` writes them. None of the layouts is promised by a vendor: these
    /// are the words that are used, not a specification.
    fn headings(self) -> impl Iterator<Item = &'static str> {
        let words = match self {
            Self::Reference => {
                "orderid merchantref merchantreference externalid referenceid merchantorderid noorder ordernumber \
                 nomorpesanan invoice invoiceid noinvoice nomorreferensi noreferensi referensi reference ref"
            }
            Self::ExternalId => {
                "transactionid paymentid paymentrequestid productid txid trxid idtransaksi nomortransaksi \
                 gatewayid reference referensitripay id"
            }
            Self::Kind => {
                "transactiontype tipetransaksi jenistransaksi type tipe jenis kategori category transactionstatus \
                 status"
            }
            Self::Amount => {
                "grossamount grossammount gross transactionamount amount jumlahkotor jumlahtransaksi totalamount \
                 nominal jumlah nilaitransaksi total bruto"
            }
            Self::Fee => {
                "fee totalfee transactionfee merchantfee mdr mdrfee feemerchant biaya biayaadmin totalbiaya \
                 biayatransaksi xenditfee feeamount charge potongan"
            }
            Self::Tax => "vat tax ppn feevat vatamount valueaddedtax pajak ppnfee ppnbiaya",
            Self::Net => {
                "netamount net settlementamount amountreceived payoutamount jumlahbersih diterima jumlahditerima \
                 settledamount totaldicairkan pencairan netto bersih payable"
            }
            Self::Day => {
                "settlementdate settlementtime payoutdate tanggalpencairan tanggalsettlement settledat \
                 settleddate transactiontime transactiondate paidat tanggaltransaksi tanggal date waktu created \
                 createdat timestamp"
            }
        };
        words.split(' ')
    }
}

/// Which heading plays which role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Columns(pub BTreeMap<Role, String>);

fn plain(heading: &str) -> String {
    heading.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

impl Columns {
    /// The most likely columns of a table with these headings. No heading plays two roles.
    pub fn guess(headings: &[String]) -> Self {
        Self::default().with_guesses(headings)
    }

    /// The same columns, and for roles that nothing plays yet the most likely of `headings`.
    pub fn with_guesses(self, headings: &[String]) -> Self {
        let mut found = self.0;
        let mut taken: Vec<bool> = headings.iter().map(|heading| found.values().any(|used| used == heading)).collect();
        for role in Role::ALL {
            if found.contains_key(&role) {
                continue;
            }
            let at = role.headings().find_map(|known| {
                headings.iter().enumerate().position(|(at, heading)| !taken[at] && plain(heading) == known)
            });
            if let Some(at) = at {
                taken[at] = true;
                found.insert(role, headings[at].clone());
            }
        }
        Self(found)
    }

    /// Whether every named heading stands in the table: the columns of a former file fit this one.
    pub fn fit(&self, headings: &[String]) -> bool {
        !self.0.is_empty() && self.0.values().all(|heading| headings.contains(heading))
    }

    /// What is missing before a table can be read: something to find the payment by, and amounts.
    pub fn missing(&self) -> Option<Role> {
        let has = |role| self.0.contains_key(&role);
        if !has(Role::Reference) && !has(Role::ExternalId) {
            return Some(Role::Reference);
        }
        (!has(Role::Amount) && !has(Role::Net)).then_some(Role::Amount)
    }
}

/// What kind of line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Money of a payer, less fees.
    Payment,
    /// Money given back to a payer.
    Refund,
    /// Money a bank took back for its customer.
    Chargeback,
    /// Money that was taken or given back and comes to us again: a person says what it belongs to.
    Returned,
    /// A fee by itself.
    Fee,
    /// What the gateway charges for a dispute.
    DisputeFee,
    /// A transfer to our bank account or anything else that is the sum of other lines.
    Sum,
}

impl Kind {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::Chargeback => "chargeback",
            Self::Returned => "returned",
            Self::Fee => "fee",
            Self::DisputeFee => "dispute_fee",
            Self::Sum => "sum",
        }
    }

    /// The kind a stored word names.
    pub fn parse(word: &str) -> Option<Self> {
        let all =
            [Self::Payment, Self::Refund, Self::Chargeback, Self::Returned, Self::Fee, Self::DisputeFee, Self::Sum];
        all.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether it is a fee by itself.
    fn is_fee(self) -> bool {
        matches!(self, Self::Fee | Self::DisputeFee)
    }

    /// What a vendor's word means; a word that is none of these speaks of a payment.
    fn of(word: &str) -> Self {
        let word = plain(word);
        let has = |parts: &[&str]| parts.iter().any(|part| word.contains(part));
        let is_dispute = has(&["chargeback", "dispute", "sengketa"]);
        let is_dispute_fee = is_dispute && has(&["fee", "biaya"]);
        let takes_back = is_dispute || has(&["refund", "pengembalian"]);
        // A fee that comes back is money to us, whatever word says so.
        let comes_back = is_dispute_fee && has(&["refund", "return", "pengembalian", "dikembalikan"]);
        if comes_back || takes_back && has(&["reversal", "reversed", "won", "menang", "dibatalkan"]) {
            Self::Returned
        } else if is_dispute_fee {
            Self::DisputeFee
        } else if is_dispute {
            Self::Chargeback
        } else if has(&["refund", "pengembalian", "reversal"]) {
            Self::Refund
        } else if has(&["withdraw", "payout", "penarikan", "pencairan", "disburse", "topup", "saldoawal", "saldoakhir"])
        {
            Self::Sum
        } else if has(&["fee", "biaya", "ppn", "vat"]) {
            Self::Fee
        } else {
            Self::Payment
        }
    }
}

/// What a line says, whole rupiah: `gross_minor` = `fee_minor` + `net_minor`; what leaves us is below zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Line of the file.
    pub number: usize,
    /// What kind it is.
    pub kind: Kind,
    /// Our reference; may be empty.
    pub reference: String,
    /// The gateway's id; may be empty.
    pub external_id: String,
    /// Before fees.
    pub gross_minor: i64,
    /// Kept by the gateway.
    pub fee_minor: i64,
    /// Came to our bank account.
    pub net_minor: i64,
    /// On which day, where it says so.
    pub day: Option<NaiveDate>,
    /// Amount, fee and net do not come to the same.
    pub is_inconsistent: bool,
}

/// A fee and its tax are rounded one by one.
const ROUNDING_MINOR: i64 = 2;

/// Reads the lines of a table. `Err` holds the number of a line whose amounts cannot be read.
pub fn lines(table: &Table, columns: &Columns) -> Vec<Result<Told, usize>> {
    let place = |role: Role| {
        let heading = columns.0.get(&role)?;
        table.headings.iter().position(|known| known == heading)
    };
    let places: BTreeMap<Role, usize> = Role::ALL.into_iter().filter_map(|role| Some((role, place(role)?))).collect();
    table.rows.iter().map(|(number, cells)| line(*number, cells, &places).ok_or(*number)).collect()
}

fn line(number: usize, cells: &[String], places: &BTreeMap<Role, usize>) -> Option<Told> {
    let cell = |role: Role| places.get(&role).and_then(|at| cells.get(*at)).map_or("", String::as_str);
    // An empty cell says nothing; one that is filled has to be readable.
    let read = |role: Role, how: fn(&str) -> Option<i64>| match cell(role) {
        "" => Some(None),
        text => how(text).map(Some),
    };
    let (told_amount, told_net) = (read(Role::Amount, amount)?, read(Role::Net, amount)?);
    let fees = (read(Role::Fee, fee)?, read(Role::Tax, fee)?);
    let told_fee = match fees {
        (None, None) => None,
        (fee, tax) => Some(fee.unwrap_or(0).abs() + tax.unwrap_or(0).abs()),
    };
    let (reference, external_id) = (cell(Role::Reference).to_owned(), cell(Role::ExternalId).to_owned());
    let mut kind = Kind::of(cell(Role::Kind));
    if reference.is_empty() && external_id.is_empty() {
        // A line without a name is a total of the table, or a fee.
        kind = if kind.is_fee() { kind } else { Kind::Sum };
    }
    let is_minus = matches!(kind, Kind::Refund | Kind::Chargeback);
    let signed = |minor: i64| if is_minus { -minor.abs() } else { minor };
    let (gross, fee, net) = match (kind, told_amount, told_fee, told_net) {
        (Kind::Fee | Kind::DisputeFee, amount, fee, net) => {
            let fee = fee.filter(|fee| *fee != 0).or(amount).or(net)?.abs();
            (0, fee, -fee)
        }
        (_, Some(gross), _, Some(net)) => (signed(gross), signed(gross) - signed(net), signed(net)),
        (_, Some(gross), fee, None) => (signed(gross), fee.unwrap_or(0), signed(gross) - fee.unwrap_or(0)),
        (_, None, fee, Some(net)) => (signed(net) + fee.unwrap_or(0), fee.unwrap_or(0), signed(net)),
        (_, None, _, None) => return None,
    };
    // A fee that comes back with a refund makes it smaller than nothing.
    let differs = told_fee.is_some_and(|told| (told - fee.abs()).abs() > ROUNDING_MINOR);
    let is_odd = matches!(kind, Kind::Payment | Kind::Returned) && (fee < 0 || gross <= 0 || net < 0);
    let is_inconsistent = kind != Kind::Sum && !kind.is_fee() && (differs || is_odd);
    let day = day(cell(Role::Day));
    Some(Told {
        number,
        kind,
        reference,
        external_id,
        gross_minor: gross,
        fee_minor: fee,
        net_minor: net,
        day,
        is_inconsistent,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::import::LIMITS, *};
    use crate::kernel::table;

    fn read(text: &str) -> Vec<Result<Told, usize>> {
        let table = table::read(text.as_bytes(), &LIMITS).unwrap();
        let columns = Columns::guess(&table.headings);
        assert_eq!(columns.missing(), None, "{:?}", table.headings);
        lines(&table, &columns)
    }

    fn sums(text: &str) -> Vec<(Kind, i64, i64, i64, bool)> {
        let told = read(text).into_iter().map(|line| line.unwrap());
        told.map(|line| (line.kind, line.gross_minor, line.fee_minor, line.net_minor, line.is_inconsistent)).collect()
    }

    #[test]
    fn headings_of_several_vendors_are_guessed() {
        for text in [
            "Order ID,Transaction ID,Transaction Type,Gross Amount,Fee,Settlement Amount,Settlement Date\n\
             INV-1,9aed,Payment,100000.00,4440.00,95560.00,2026-11-28",
            "merchant_ref;reference;status;amount;total_fee;amount_received;paid_at\n\
             INV-1;T123;PAID;100.000;4.440;95.560;28/11/2026",
            "No. Referensi;ID Transaksi;Jenis Transaksi;Jumlah;Biaya;Jumlah Diterima;Tanggal\n\
             INV-1;T123;Pembayaran;Rp 100.000,00;Rp 4.440,00;Rp 95.560,00;28 Nov 2026",
            "external_id,payment_id,type,amount,fee,vat,net_amount,created\n\
             INV-1,py-1,PAYMENT,100000,4000,440,95560,2026-11-28T01:00:00Z",
        ] {
            assert_eq!(sums(text), [(Kind::Payment, 100_000, 4_440, 95_560, false)], "{text}");
            let line = read(text).remove(0).unwrap();
            assert_eq!((line.reference.as_str(), line.day), ("INV-1", NaiveDate::from_ymd_opt(2026, 11, 28)), "{text}");
        }
    }

    #[test]
    fn what_comes_back_to_us_is_money_in() {
        for word in ["Chargeback reversal", "Dispute won", "Sengketa menang", "Refund dibatalkan"] {
            let told = sums(&format!("Order ID,Type,Amount\nA,{word},50000"));
            assert_eq!(told, [(Kind::Returned, 50_000, 0, 50_000, false)], "{word}");
        }
        assert_eq!(sums("Order ID,Type,Amount\nA,Reversal,50000")[0].0, Kind::Refund);
    }

    #[test]
    fn a_line_comes_to_the_same_whichever_amounts_it_tells() {
        let told = [
            ("Order ID,Amount\nA,1000", (1_000, 0, 1_000)),
            ("Order ID,Amount,Fee\nA,1000,40", (1_000, 40, 960)),
            ("Order ID,Amount,Fee\nA,1000,-40", (1_000, 40, 960)),
            ("Order ID,Fee,Net\nA,40,960", (1_000, 40, 960)),
            ("Order ID,Amount,Net\nA,1000,960", (1_000, 40, 960)),
        ];
        for (text, (gross, fee, net)) in told {
            assert_eq!(sums(text), [(Kind::Payment, gross, fee, net, false)], "{text}");
        }
        let odd = ["Order ID,Amount,Fee,Net\nA,1000,40,900", "Order ID,Amount\nA,-5", "Order ID,Amount,Net\nA,5,9"];
        for text in odd {
            assert!(sums(text)[0].4, "{text}");
        }
    }

    #[test]
    fn refunds_chargebacks_fees_and_sums_are_told_apart() {
        let text = "Order ID,Type,Amount,Fee,Net\n\
                    A,Refund,30000,0,-30000\nA,REFUND,-30000,,-30000\nB,Chargeback,50000,,\n,Admin fee,2500,,\n\
                    B,Biaya chargeback,25000,,\n\
                    ,Withdrawal,500000,,500000\n,,1000,,1000\nC,Payment Refund,-10,-1,-9";
        assert_eq!(
            sums(text),
            [
                (Kind::Refund, -30_000, 0, -30_000, false),
                (Kind::Refund, -30_000, 0, -30_000, false),
                (Kind::Chargeback, -50_000, 0, -50_000, false),
                (Kind::Fee, 0, 2_500, -2_500, false),
                (Kind::DisputeFee, 0, 25_000, -25_000, false),
                (Kind::Sum, 500_000, 0, 500_000, false),
                (Kind::Sum, 1_000, 0, 1_000, false),
                (Kind::Refund, -10, -1, -9, false),
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_line() {
        let told = read("Order ID,Amount,Fee\nA,1000.50,1\nB,x,1\nC,,\nD,1000,x\nE,1000,1");
        let wrong: Vec<usize> = told.iter().filter_map(|line| line.as_ref().err().copied()).collect();
        assert_eq!((wrong, told.len()), (vec![2, 3, 4, 5], 5));
    }

    #[test]
    fn columns_that_do_not_fit_the_table_are_known() {
        let headings = ["Order ID".to_owned(), "Amount".to_owned()];
        assert!(Columns::guess(&headings).fit(&headings));
        assert!(!Columns::guess(&headings).fit(&headings[..1]));
        assert!(!Columns::default().fit(&headings));
        assert_eq!(Columns::guess(&headings[1..]).missing(), Some(Role::Reference));
        assert_eq!(Columns::guess(&headings[..1]).missing(), Some(Role::Amount));
    }

    #[test]
    fn a_fee_of_a_dispute_that_comes_back_is_money_to_us() {
        for word in ["Chargeback fee refund", "Pengembalian biaya chargeback", "Biaya sengketa dikembalikan"] {
            assert_eq!(Kind::of(word), Kind::Returned, "{word}");
        }
        assert_eq!(Kind::of("Chargeback fee"), Kind::DisputeFee);
        assert_eq!(Kind::of("Chargeback"), Kind::Chargeback);
    }
}
