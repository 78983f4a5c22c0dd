//! A receipt on paper (*kuitansi*): who paid how much, in figures and in words, for what and to whom. Apart from the
//! invoice, because book-keepers ask for one per payment.
use super::{
    layout::{BODY, Ink, LEFT, Mark, Paper, RIGHT, SMALL, STRONG, Style, TITLE, width, wrap},
    parties::{buyer_name, paid_by, seller_lines, seller_name, text, words_below},
};
use crate::{
    domain::billing::invoice::Full,
    kernel::{
        format::{day, money},
        locale::{Lang, t, ta},
        spelled,
    },
};
use entity::{
    payments::payment,
    value::{IDR, Money, business_day},
};

/// Distance of lines of body text.
const STEP: f32 = 14.0;
/// Where what is said begins, and how wide it may be.
const SAYS: f32 = LEFT + 130.0;
const WORDS: f32 = RIGHT - SAYS;
/// Lines of an invoice that are named.
const NAMED: usize = 4;
/// Papers about more money than this bear stamp duty (UU 10/2020, article 3), rupiah.
const STAMPED_ABOVE: i64 = 5_000_000;

/// Everything a receipt tells.
pub(super) struct Receipt<'a> {
    /// What was paid.
    pub full: &'a Full,
    /// The money that came.
    pub payment: &'a payment::Model,
    /// The language of the invoice.
    pub lang: Lang,
}

impl Receipt<'_> {
    /// Its page.
    pub fn pages(&self) -> Vec<Vec<Mark>> {
        let mut paper = Paper::new();
        self.head(&mut paper);
        self.says(&mut paper);
        self.amount(&mut paper);
        self.signed(&mut paper);
        paper.pages
    }

    fn money(&self, minor: i64) -> String {
        money(&Money::new(minor, &self.payment.currency), self.lang)
    }

    fn date(&self) -> String {
        self.payment.settled_at.map(|at| day(business_day(at), self.lang)).unwrap_or_default()
    }

    fn head(&self, paper: &mut Paper) {
        let top = paper.y;
        for (place, line) in seller_lines(&self.full.invoice.seller, self.lang).iter().enumerate() {
            paper.left(LEFT, if place == 0 { Style { size: 12.0, ..STRONG } } else { SMALL }, line);
            paper.y += if place == 0 { 15.0 } else { 10.5 };
        }
        let lowest = paper.y;
        paper.y = top;
        paper.right(RIGHT, TITLE, &t(self.lang, "receipt-title"));
        paper.y += 18.0;
        paper.right(RIGHT, STRONG, &self.payment.reference);
        paper.y = f32::max(lowest, paper.y) + 8.0;
        paper.rule();
        paper.y += 24.0;
    }

    fn says(&self, paper: &mut Paper) {
        self.row(paper, "receipt-from", &[buyer_name(&self.full.invoice.buyer).to_owned()], STRONG);
        if self.payment.currency == IDR {
            let amount = spelled::rupiah(self.payment.applied_minor, self.lang);
            self.row(paper, "receipt-amount", &[format!("# {amount} #")], STRONG);
        }
        let number = self.full.invoice.number.clone().unwrap_or_default();
        let mut what = vec![ta(self.lang, "receipt-for-invoice", &[("number", number)])];
        what.extend(self.full.items.iter().take(NAMED).map(|item| item.description.clone()));
        if let Some(more) = self.full.items.len().checked_sub(NAMED).filter(|more| *more > 0) {
            what.push(ta(self.lang, "receipt-and-more", &[("n", more)]));
        }
        self.row(paper, "receipt-for", &what, BODY);
        let how = format!("{}, {}", paid_by(self.payment, self.lang), self.date());
        self.row(paper, "receipt-how", &[how], BODY);
    }

    fn row(&self, paper: &mut Paper, key: &str, values: &[String], style: Style) {
        paper.left(LEFT, BODY, &t(self.lang, key));
        for line in values.iter().flat_map(|value| wrap(value, style, WORDS)) {
            paper.left(SAYS, style, &line);
            paper.y += STEP;
        }
        paper.y += 8.0;
    }

    fn amount(&self, paper: &mut Paper) {
        let style = Style { size: 15.0, ..STRONG };
        let words = self.money(self.payment.applied_minor);
        paper.y += 22.0;
        let y = paper.y;
        let room = width(&words, style);
        paper.mark(Mark::Box { x: LEFT, y: y - 20.0, width: room + 28.0, height: 30.0, ink: Ink::Dark });
        paper.left(LEFT + 14.0, style, &words);
        if self.payment.refunded_minor > 0 {
            paper.y += 26.0;
            let back = [("amount", self.money(self.payment.refunded_minor))];
            paper.left(LEFT, BODY, &ta(self.lang, "receipt-refunded", &back));
            paper.y = y;
        }
    }

    fn signed(&self, paper: &mut Paper) {
        let seller = &self.full.invoice.seller;
        let city = text(seller, "city");
        let place = if city.is_empty() { self.date() } else { format!("{city}, {}", self.date()) };
        paper.right(RIGHT, BODY, &place);
        if self.payment.currency == IDR && self.payment.applied_minor > STAMPED_ABOVE {
            let words = t(self.lang, "receipt-stamp-duty");
            let (x, y) = (RIGHT - 92.0, paper.y + 12.0);
            paper.mark(Mark::Box { x, y, width: 92.0, height: 46.0, ink: Ink::Gray });
            paper.y = y + 26.0;
            paper.right(RIGHT - 8.0, SMALL, &words);
            paper.y = y + 46.0;
        } else {
            paper.y += 46.0;
        }
        paper.y += 16.0;
        paper.right(RIGHT, STRONG, seller_name(seller));
        paper.y += 34.0;
        let words = wrap(words_below(seller, "receipt_words", self.lang), SMALL, RIGHT - LEFT);
        for line in words.iter().filter(|line| !line.is_empty()) {
            paper.left(LEFT, SMALL, line);
            paper.y += 10.5;
        }
        paper.left(LEFT, SMALL, &t(self.lang, "receipt-by-machine"));
    }
}
