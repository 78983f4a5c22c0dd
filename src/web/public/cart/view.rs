//! What cart and checkout show.
use super::questions::Question;
use crate::{
    domain::{
        billing::{BuyerTax, InvoiceError},
        catalog::coupon::{MAX_CODE, Refusal as CouponRefusal},
        ordering::{OrderingError, cart::CartView, coupon::Applied, pricing::Choice},
        subscriptions::options,
    },
    kernel::locale::Lang,
    web::{
        WebError, filters,
        form_errors::FormErrors,
        frame::Frame,
        public::shop::view::{Price, icon_of, resources_of},
        tone::Tone,
    },
};
use askama::Template;
use entity::value::{Cycle, IDR, Money};

/// What a coupon takes off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Off {
    /// Code of the coupon.
    pub code: String,
    /// Net without it.
    pub before: Money,
    /// What it takes off, below zero.
    pub amount: Money,
    /// For how long it does.
    pub lasts: String,
}

/// What a list of things comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// What a coupon takes off.
    pub off: Option<Off>,
    /// Net.
    pub subtotal: Money,
    /// Tax; none where no tax is charged.
    pub tax: Option<Money>,
    /// Tax that the buyer pays to the state himself, with its words.
    pub collected: Option<(String, Money)>,
    /// To pay now.
    pub total: Money,
}

impl Sum {
    fn of(frame: &Frame, cart: &CartView) -> Self {
        let currency = cart.lines.first().map_or(IDR, |line| line.choice.price.currency.as_str());
        let (money, totals) = (|minor| Money::new(minor, currency), &cart.totals);
        let off = cart.applied().map(|applied| Off {
            code: applied.coupon.code.clone(),
            before: money(totals.subtotal_minor.saturating_add(totals.discount_minor)),
            amount: money(-totals.discount_minor),
            lasts: lasts(frame, applied),
        });
        Self {
            off,
            subtotal: money(totals.subtotal_minor),
            tax: (!totals.taxes.is_empty()).then(|| money(totals.tax_minor + totals.collected_minor)),
            collected: totals
                .collector
                .map(|collector| (frame.t(&format!("document-collected-{collector}")), money(-totals.collected_minor))),
            total: money(totals.total_minor),
        }
    }
}

/// One thing to be ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which, to take it out.
    pub id: String,
    /// Service and plan.
    pub name: String,
    /// Its picture.
    pub icon: &'static str,
    /// Its page.
    pub href: String,
    /// Processor, memory, storage.
    pub resources: String,
    /// Its price with its options.
    pub price: Price,
    /// Its options, each with what is paid for it.
    pub options: Vec<(String, Money)>,
    /// Once at the first order.
    pub setup: Option<Price>,
    /// Whether it goes on after the first cycle.
    pub repeats: bool,
    /// Days at the beginning that cost nothing; 0: none.
    pub trial_days: i32,
}

impl Line {
    fn of(lang: Lang, id: &str, choice: &Choice, tax: &BuyerTax) -> Result<Self, OrderingError> {
        let (offer, row) = (&choice.offer, &choice.price);
        Ok(Self {
            id: id.to_owned(),
            name: format!("{} {}", offer.product.name, offer.plan.name),
            icon: icon_of(&offer.product),
            href: format!("/catalog/{}", offer.product.slug),
            resources: resources_of(lang, &offer.plan).join(" · "),
            price: Price::of_choice(choice, tax)?,
            options: choice
                .options
                .0
                .iter()
                .map(|option| Ok((options::label(option, lang), Price::of_part(row, option.amount_minor, tax)?.total)))
                .collect::<Result<_, InvoiceError>>()?,
            setup: Price::of_setup(row, tax)?,
            repeats: row.cycle != Cycle::OneTime,
            trial_days: choice.trial_days,
        })
    }

    fn all(lang: Lang, cart: &CartView, tax: &BuyerTax) -> Result<Vec<Self>, OrderingError> {
        cart.lines.iter().map(|line| Self::of(lang, line.id.as_str(), &line.choice, tax)).collect()
    }
}

/// For how long a coupon takes something off what is in the cart.
fn lasts(frame: &Frame, applied: &Applied) -> String {
    let goes_on = applied.offered.items.iter().any(|item| item.sold.is_some());
    match applied.coupon.renewals {
        Some(count) if goes_on => frame.ta("coupon-lasts-some", [("n", count)]),
        None if goes_on => frame.t("coupon-lasts-always"),
        _ => frame.t("coupon-lasts-first"),
    }
}

/// Why a coupon is refused, in words.
pub fn why(frame: &Frame, refusal: &CouponRefusal) -> String {
    FormErrors::of_fault(frame, &OrderingError::CouponRefused(refusal.clone())).of("coupon").to_owned()
}

/// Where a code is entered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CouponBox {
    /// The code that takes something off.
    pub applied: String,
    /// What stands in the field.
    pub typed: String,
    /// Why that is refused.
    pub error: String,
    /// Whether a code is kept with the cart.
    pub is_kept: bool,
}

impl CouponBox {
    /// The box of a cart.
    fn of(frame: &Frame, cart: &CartView) -> Self {
        let Some(coupon) = &cart.coupon else { return Self::default() };
        let is_kept = true;
        match &coupon.outcome {
            Ok(_) => Self { applied: coupon.code.clone(), is_kept, ..Self::default() },
            Err(refusal) => Self { typed: coupon.code.clone(), error: why(frame, refusal), is_kept, ..Self::default() },
        }
    }

    /// The same with a code that was refused just now.
    pub fn refused(self, typed: &str, error: String) -> Self {
        Self { typed: typed.chars().take(MAX_CODE).collect(), error, applied: String::new(), ..self }
    }
}

/// The cart.
#[derive(Debug, Template)]
#[template(path = "public/cart/cart.html")]
pub struct CartPage {
    /// Around the page.
    pub frame: Frame,
    /// What is in it.
    pub lines: Vec<Line>,
    /// Where a code is entered.
    pub coupon: CouponBox,
    /// What it comes to.
    pub sum: Sum,
}

impl CartPage {
    /// The page of `cart`.
    ///
    /// # Errors
    /// An amount beyond all bounds.
    pub fn build(frame: Frame, cart: &CartView, tax: &BuyerTax) -> Result<Self, WebError> {
        let (coupon, sum) = (CouponBox::of(&frame, cart), Sum::of(&frame, cart));
        Ok(Self { lines: Line::all(frame.lang, cart, tax)?, coupon, sum, frame })
    }
}

/// Why an order was not placed, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// How it looks.
    pub tone: Tone,
    /// What happened.
    pub text: String,
    /// Words and address of what to do.
    pub link: Option<(String, String)>,
    /// Where to wait for a place, and for which plan.
    pub wait: Option<(String, String)>,
}

impl Refusal {
    /// A refusal nothing can be done about here.
    pub fn plain(tone: Tone, text: String) -> Self {
        Self { tone, text, link: None, wait: None }
    }
}

/// Checkout.
#[derive(Debug, Template)]
#[template(path = "public/cart/checkout.html")]
pub struct CheckoutPage {
    /// Around the page.
    pub frame: Frame,
    /// Names the offer as it is shown, so that nothing else is ordered.
    pub shown: String,
    /// What is ordered.
    pub lines: Vec<Line>,
    /// What it comes to.
    pub sum: Sum,
    /// A code that is in the cart and takes nothing off.
    pub not_counted: String,
    /// Whether the address is proven.
    pub is_verified: bool,
    /// Address of who orders.
    pub email: String,
    /// For which account.
    pub account: String,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
}

impl CheckoutPage {
    /// The page of `cart`.
    ///
    /// # Errors
    /// An amount beyond all bounds.
    pub fn build(
        frame: Frame,
        cart: &CartView,
        tax: &BuyerTax,
        is_verified: bool,
        refusal: Option<Refusal>,
    ) -> Result<Self, WebError> {
        Ok(Self {
            shown: cart.fingerprint(),
            lines: Line::all(frame.lang, cart, tax)?,
            sum: Sum::of(&frame, cart),
            not_counted: not_counted(&frame, cart),
            is_verified,
            email: frame.user.as_ref().map(|user| user.email.clone()).unwrap_or_default(),
            account: frame.account().map(|account| account.name.clone()).unwrap_or_default(),
            refusal,
            frame,
        })
    }
}

fn not_counted(frame: &Frame, cart: &CartView) -> String {
    let refused = cart.coupon.as_ref().and_then(|coupon| Some((&coupon.code, coupon.outcome.as_ref().err()?)));
    refused.map_or_else(String::new, |(code, refusal)| {
        frame.ta("coupon-not-counted", [("code", code.clone()), ("why", why(frame, refusal))])
    })
}

/// What the first payment comes to, as the choice stands.
#[derive(Debug, Template)]
#[template(path = "public/cart/_first.html")]
pub struct FirstFragment {
    /// For words.
    pub frame: Frame,
    /// What is ordered.
    pub line: Line,
    /// What the first payment comes to.
    pub first: Money,
}

impl FirstFragment {
    /// What `choice` comes to.
    ///
    /// # Errors
    /// An amount beyond all bounds.
    pub fn build(frame: Frame, choice: &Choice, tax: &BuyerTax) -> Result<Self, WebError> {
        let line = Line::of(frame.lang, "", choice, tax)?;
        let setup = line.setup.as_ref().map_or(0, |setup| setup.total.minor);
        let setup = Money::new(setup, &choice.price.currency);
        let first = line.price.total.checked_add(&setup).map_err(InvoiceError::from)?;
        Ok(Self { frame, line, first })
    }
}

/// The questions of a service before it goes into the cart.
#[derive(Debug, Template)]
#[template(path = "public/cart/order.html")]
pub struct OrderPage {
    /// Around the page.
    pub frame: Frame,
    /// What is ordered.
    pub line: Line,
    /// Where the form goes.
    pub action: String,
    /// Code of the plan.
    pub plan: String,
    /// Its questions.
    pub questions: Vec<Question>,
    /// What can be ordered with it.
    pub options: Vec<Question>,
    /// What is wrong with the answers.
    pub errors: FormErrors,
    /// What the first payment comes to.
    pub first: Money,
}

impl OrderPage {
    /// The page of a choice.
    ///
    /// # Errors
    /// An amount beyond all bounds.
    pub fn build(
        frame: Frame,
        choice: &Choice,
        tax: &BuyerTax,
        (questions, options): (Vec<Question>, Vec<Question>),
        errors: FormErrors,
    ) -> Result<Self, WebError> {
        let FirstFragment { frame, line, first } = FirstFragment::build(frame, choice, tax)?;
        let action = format!("/catalog/{}/order", choice.offer.product.slug);
        Ok(Self { frame, line, action, plan: choice.offer.plan.code.clone(), questions, options, errors, first })
    }
}
