//! Options of services.
use super::{World, shop::words};
use entity::{
    catalog::{product, product_option},
    value::{Cycle, OptionKind},
};
use yumna::domain::catalog::write::{self, NewOptionPrice, OptionFacts, UNIT, ValueFacts, YES};

/// An option nobody has to answer, with these values.
pub fn facts(name: &str, values: &[&str]) -> OptionFacts {
    let value = |code: &&str| ValueFacts { code: (*code).to_owned(), name: words(code) };
    OptionFacts {
        name: words(name),
        is_required: false,
        minimum: 1,
        maximum: 10,
        values: values.iter().map(value).collect(),
        position: 1,
    }
}

impl World {
    /// An option of named values, each for so much a month and ten times as much a year.
    pub async fn choice_option(
        &self,
        product: &product::Model,
        code: &str,
        values: &[(&str, i64)],
    ) -> product_option::Model {
        let codes: Vec<&str> = values.iter().map(|(code, _)| *code).collect();
        self.option(product, code, OptionKind::Choice, facts(code, &codes), values).await
    }

    /// An option of 1 to 10 units, each for so much a month and ten times as much a year.
    pub async fn counted_option(&self, product: &product::Model, code: &str, each: i64) -> product_option::Model {
        self.option(product, code, OptionKind::Quantity, facts(code, &["hour"]), &[(UNIT, each)]).await
    }

    /// An option of yes or no for so much a month and ten times as much a year.
    pub async fn switch_option(&self, product: &product::Model, code: &str, amount: i64) -> product_option::Model {
        self.option(product, code, OptionKind::Switch, facts(code, &[]), &[(YES, amount)]).await
    }

    /// An option with its prices.
    pub async fn option(
        &self,
        product: &product::Model,
        code: &str,
        kind: OptionKind,
        facts: OptionFacts,
        prices: &[(&str, i64)],
    ) -> product_option::Model {
        let ctx = self.system();
        let mut row = write::add_option(&ctx, &product.id, code, kind, facts).await.unwrap();
        for (value, amount) in prices {
            for (cycle, times) in [(Cycle::Monthly, 1), (Cycle::Annually, 10)] {
                let new = NewOptionPrice { cycle, amount_minor: amount * times, tax_included: None };
                row = write::set_option_price(&ctx, &row.id, value, new).await.unwrap();
            }
        }
        row
    }
}
