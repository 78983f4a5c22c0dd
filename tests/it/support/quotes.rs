//! Price quotes of staff.
use super::{
    World,
    shop::{self, Buyer},
};
use entity::{
    ordering::quote,
    value::{ProductId, QuoteId},
};
use sea_orm::EntityTrait;
use yumna::domain::{
    catalog::template,
    ordering::{
        OrderingError,
        quote::{self as quotes, Answers, LineInput, QuoteInput, What, find},
    },
};

/// So many of a plan for a month each, at the shop's price.
pub fn plan(code: &str, quantity: i64) -> LineInput {
    let what = What::Plan {
        plan: code.to_owned(),
        cycle: "monthly".to_owned(),
        price_minor: None,
        setup_minor: None,
        tax_included: None,
        reason: String::new(),
    };
    LineInput { id: None, quantity, what }
}

/// The same at another price and setup fee.
pub fn plan_for(code: &str, quantity: i64, price_minor: i64, setup_minor: i64) -> LineInput {
    let what = What::Plan {
        plan: code.to_owned(),
        cycle: "monthly".to_owned(),
        price_minor: Some(price_minor),
        setup_minor: Some(setup_minor),
        tax_included: None,
        reason: "Kontrak setahun".to_owned(),
    };
    LineInput { id: None, quantity, what }
}

/// So many of something in words.
pub fn words(description: &str, quantity: i64, unit_minor: i64) -> LineInput {
    LineInput { id: None, quantity, what: What::Words { description: description.to_owned(), unit_minor } }
}

impl World {
    /// A draft of these lines.
    pub async fn drafts(&self, buyer: &Buyer, lines: Vec<LineInput>) -> quote::Model {
        let input = QuoteInput { lines, ..QuoteInput::default() };
        quotes::create(&self.staff("ana"), &buyer.customer_id, input).await.unwrap()
    }

    /// A quote of these lines that its customer has.
    pub async fn quotes(&self, buyer: &Buyer, lines: Vec<LineInput>) -> quote::Model {
        let draft = self.drafts(buyer, lines).await;
        quotes::send(&self.staff("ana"), &draft.id, None).await.unwrap()
    }

    /// The customer accepts with the defaults; the number of the order.
    pub async fn accepts(&self, buyer: &Buyer, id: &QuoteId) -> Result<entity::ordering::order::Model, OrderingError> {
        quotes::accept(&self.system(), &buyer.customer_id, &buyer.user_id, id, &Answers::new()).await
    }

    /// Ghost's makers do not let it be sold any more: its next template needs an agreement that nobody has.
    pub async fn stops_selling(&self, ghost: &ProductId) {
        let ctx = self.system();
        let next = shop::GHOST.replace("template_version = 1", "template_version = 2");
        let next = template::store(&ctx, &next.replace("resale = \"ok\"", "resale = \"check\"")).await.unwrap();
        template::use_for_product(&ctx, ghost, &next.id).await.unwrap();
    }

    /// What staff see of a quote now.
    pub async fn seen(&self, id: &QuoteId) -> String {
        let full = find::get_full(&self.services.db, id).await.unwrap();
        full.seen_at(full.quote.status)
    }

    /// Slots in use of every plan.
    pub async fn slots_used_in_all(&self) -> i64 {
        let plans = entity::catalog::plan::Entity::find().all(&self.services.db).await.unwrap();
        plans.iter().map(|plan| plan.quota_used).sum()
    }

    /// A quote as it is now.
    pub async fn quote(&self, id: &QuoteId) -> quote::Model {
        find::get(&self.services.db, id).await.unwrap()
    }
}
