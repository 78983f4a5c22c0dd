//! What the pay page shows.
use crate::{
    integrations::gateways::CardEntry,
    web::{filters, form_errors::FormErrors, frame::Frame},
};
use askama::Template;
use chrono::{DateTime, Utc};
use entity::value::{Money, PaymentId};

/// So many ways to pay are listed at once; the others are behind a line of their own.
pub const FIRST_WAYS: usize = 8;

/// The pay page of a member.
#[derive(Debug, Template)]
#[template(path = "public/pay/panel.html")]
pub struct PanelPayPage {
    /// Around the page.
    pub frame: Frame,
    /// What it shows.
    pub pay: PayView,
    /// The gateway's script that leads to the bank and back, while a card waits for its proof.
    pub card: Option<CardEntry>,
}

/// The pay page behind a link.
#[derive(Debug, Template)]
#[template(path = "public/pay/public.html")]
pub struct PublicPayPage {
    /// Around the page.
    pub frame: Frame,
    /// What it shows.
    pub pay: PayView,
    /// The gateway's script that leads to the bank and back, while a card waits for its proof.
    pub card: Option<CardEntry>,
}

/// The page of a member that asks for what his way to pay needs.
#[derive(Debug, Template)]
#[template(path = "public/pay/panel_entry.html")]
pub struct PanelEntryPage {
    /// Around the page.
    pub frame: Frame,
    /// What it asks.
    pub entry: EntryView,
}

/// The same behind a link.
#[derive(Debug, Template)]
#[template(path = "public/pay/public_entry.html")]
pub struct PublicEntryPage {
    /// Around the page.
    pub frame: Frame,
    /// What it asks.
    pub entry: EntryView,
}

/// What is to be entered before a way to pay can be used.
#[derive(Clone, Debug)]
pub struct EntryView {
    /// Address of the pay page.
    pub base: String,
    /// Number of the invoice.
    pub number: String,
    /// What is left to pay.
    pub amount: Money,
    /// Value of the choice.
    pub way: String,
    /// Its name.
    pub name: String,
    /// What is asked.
    pub ask: Ask,
    /// What was wrong with it.
    pub errors: FormErrors,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A telephone number; the one typed or known.
    Phone(String),
    /// A card, read by the gateway's script.
    Card(CardEntry),
}

/// What is sent while somebody looks.
#[derive(Debug, Template)]
#[template(path = "public/pay/_state.html")]
pub struct PayFragment {
    /// For words.
    pub frame: Frame,
    /// What it shows.
    pub pay: PayView,
}

/// An invoice on its way to being paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayView {
    /// Address of the page.
    pub base: String,
    /// Where its changes come from.
    pub live_url: String,
    /// Number of the invoice.
    pub number: String,
    /// Who gets the money.
    pub seller: String,
    /// What it is for.
    pub lines: Vec<String>,
    /// Net.
    pub subtotal: Money,
    /// Tax; none where no tax is charged.
    pub tax: Option<Money>,
    /// Tax that the buyer pays to the state himself, with its words.
    pub collected: Option<(String, Money)>,
    /// Income tax that is or may be withheld of it.
    pub withheld: Option<Withheld>,
    /// The whole invoice.
    pub total: Money,
    /// What is left to pay.
    pub open: Money,
    /// Whether a part is paid already.
    pub is_partly_paid: bool,
    /// Due date of the invoice.
    pub due_at: Option<DateTime<Utc>>,
    /// The word of its state.
    pub status: &'static str,
    /// Where it stands.
    pub state: PayState,
    /// Where the invoice itself is shown; members only.
    pub invoice_url: Option<String>,
}

/// Income tax that the payer withholds, or may withhold, of an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// How much.
    pub amount: Money,
    /// What is to be paid besides.
    pub rest: Money,
    /// By which day its proof is to come, in words, once it was declared.
    pub proof_due: Option<String>,
    /// Where the proof is sent; for members.
    pub proof_url: Option<String>,
}

impl PayView {
    /// The attempt that waits for money.
    pub fn payment_id(&self) -> Option<&PaymentId> {
        match &self.state {
            PayState::Wait(attempt) => Some(&attempt.id),
            PayState::Choose { open_attempt, .. } => open_attempt.as_ref(),
            PayState::Paid { .. } | PayState::Over { .. } => None,
        }
    }
}

/// Where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayState {
    /// A way to pay is to be chosen.
    Choose {
        /// The ways.
        ways: Vec<Way>,
        /// What became of the attempt before, as a key.
        before: Option<&'static str>,
        /// An attempt that is still open while another way is looked for.
        open_attempt: Option<PaymentId>,
    },
    /// Money is waited for.
    Wait(Box<Attempt>),
    /// It is paid.
    Paid {
        /// When.
        at: Option<DateTime<Utc>>,
        /// What was bought and how far it is; members only.
        services: Vec<Service>,
        /// What happens now, as a key, where no services are listed.
        next: &'static str,
    },
    /// Nothing is to be paid (void, credited, a top-up that was given up).
    Over {
        /// What happened, as a key.
        text: &'static str,
    },
}

/// A way to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Value of the choice.
    pub value: String,
    /// Its name.
    pub name: String,
    /// Its icon.
    pub icon: &'static str,
    /// How long it takes, and what to know.
    pub note: String,
    /// Whether nothing is added to the amount.
    pub is_free: bool,
    /// Whether it is proposed.
    pub checked: bool,
}

/// What the payer has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Transfer to a virtual account.
    Account {
        /// Which bank.
        bank: String,
        /// Its number.
        number: String,
    },
    /// Pay a bill.
    Bill {
        /// Code of the company.
        biller: String,
        /// Number of the bill.
        key: String,
    },
    /// Scan a code.
    Qr {
        /// The picture, drawn by us.
        svg: String,
    },
    /// Go to another page.
    Link {
        /// Where.
        url: String,
        /// What is there.
        page: LinkedPage,
        /// The address for the camera of a phone, where an app waits there; drawn by us.
        svg: Option<String>,
    },
    /// Accept the request that appears on one's phone.
    Push,
    /// Say a code at a counter.
    Code {
        /// The code.
        code: String,
    },
    /// Nothing yet: the gateway has not answered.
    Unsure,
}

/// What waits behind a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkedPage {
    /// The app of an e-wallet.
    App,
    /// The bank that proves a card.
    Bank,
    /// A page of the gateway's that shows a number or asks for more.
    Gateway,
}

impl LinkedPage {
    /// Whether the bank waits there.
    pub fn is_bank(self) -> bool {
        self == Self::Bank
    }

    /// The words of the button, as a key.
    pub fn label(self) -> &'static str {
        match self {
            Self::App => "pay-open-app",
            Self::Bank => "pay-open-bank",
            Self::Gateway => "pay-open-page",
        }
    }
}

/// An attempt that waits for money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which.
    pub id: PaymentId,
    /// Our reference, for questions.
    pub reference: String,
    /// Name of the way.
    pub name: String,
    /// The word of its state.
    pub status: &'static str,
    /// How much is to be handed over.
    pub amount: Money,
    /// How much of it is a fee of the gateway's, where it adds one.
    pub fee: Option<Money>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// What to do.
    pub act: Act,
    /// Whether another way may be chosen.
    pub can_change: bool,
    /// Steps in the most used apps.
    pub guides: Vec<Guide>,
    /// What a bank transfer to us needs besides; `act` then says nothing.
    pub transfer: Option<Transfer>,
}

/// A bank transfer to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Where to.
    pub banks: Vec<Bank>,
    /// The exact amount in words, without its last three digits.
    pub head: String,
    /// Its last three digits.
    pub tail: String,
    /// How much of it is the unique code, which goes to the wallet; none where no code was added.
    pub surplus: Option<Money>,
    /// Whether staff are looking for the money.
    pub is_checked: bool,
    /// Why the last proof showed nothing.
    pub refusal: Option<String>,
    /// Whether another proof may be sent.
    pub can_prove: bool,
}

/// One of our bank accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bank {
    /// Name of the bank.
    pub name: String,
    /// Number of the account.
    pub number: String,
    /// Whose name it bears.
    pub holder: String,
}

/// How to pay in one app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guide {
    /// Its name.
    pub app: String,
    /// What to do there.
    pub steps: Vec<String>,
}

/// Something that was bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its words on the invoice.
    pub name: String,
    /// Its page in the panel.
    pub href: String,
    /// The word of its state.
    pub status: &'static str,
    /// What happens now, as a key.
    pub next: &'static str,
    /// Where it answers, once it runs.
    pub url: Option<String>,
    /// Steps of what is under way.
    pub steps: Vec<Step>,
}

/// A step of what is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its words.
    pub label: String,
    /// The word of its state.
    pub state: &'static str,
    /// What it waits for.
    pub note: String,
}
