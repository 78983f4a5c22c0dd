//! Sentences that are kept before anybody reads them: a key of `locales/` with its arguments. They are put into words in
//! the language of whoever reads, with amounts and numbers as that language writes them.
use super::{
    format,
    locale::{self, Lang},
};
use entity::value::Money;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a sentence names, by the names its words have for it.
pub type Args = BTreeMap<String, Arg>;

/// One thing a sentence names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arg {
    /// The same in every language: a name, a reference, what another system said.
    Text(String),
    /// A number. The one named `n` chooses the plural.
    Number(i64),
    /// An amount.
    Money(Money),
    /// A word or sentence without arguments, by its key.
    Word(String),
    /// Sentences, a line each.
    Lines(Vec<Said>),
}

/// One sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    key: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    args: Args,
}

/// Arguments by name.
pub fn args<const N: usize>(named: [(&str, Arg); N]) -> Args {
    named.into_iter().map(|(name, arg)| (name.to_owned(), arg)).collect()
}

/// The sentence behind `key` in `lang`.
pub fn say(lang: Lang, key: &str, args: &Args) -> String {
    let words = args.iter().map(|(name, arg)| (name.clone(), arg.in_words(name, lang)));
    locale::tm(lang, key, words.collect()).trim_end().to_owned()
}

/// `sentences` in `lang`, a line each.
pub fn lines(lang: Lang, sentences: &[Said]) -> String {
    sentences.iter().map(|said| said.say(lang)).collect::<Vec<_>>().join("\n")
}

impl Said {
    /// The sentence behind `key`, which names nothing.
    pub fn plain(key: impl Into<String>) -> Self {
        Self { key: key.into(), args: Args::new() }
    }

    /// The sentence behind `key`, which names these.
    pub fn new<const N: usize>(key: impl Into<String>, named: [(&str, Arg); N]) -> Self {
        Self { key: key.into(), args: args(named) }
    }

    /// Its key: the same sentence in every language.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// In words.
    pub fn say(&self, lang: Lang) -> String {
        say(lang, &self.key, &self.args)
    }
}

impl Arg {
    /// A word or sentence without arguments, by its key.
    pub fn word(key: impl Into<String>) -> Self {
        Self::Word(key.into())
    }

    /// As [`Arg::word`], or `otherwise` as it is where nobody has a word for it.
    pub fn word_or(key: String, otherwise: &str) -> Self {
        if locale::exists(Lang::En, &key) { Self::Word(key) } else { otherwise.into() }
    }

    /// An amount, in minor units.
    pub fn money(minor: i64, currency: &str) -> Self {
        Self::Money(Money { minor, currency: currency.into() })
    }

    fn in_words(&self, name: &str, lang: Lang) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) if name == "n" => number.to_string(),
            Self::Number(number) => format::number(*number, lang),
            Self::Money(amount) => format::money(amount, lang),
            Self::Word(key) => locale::t(lang, key),
            Self::Lines(sentences) => lines(lang, sentences),
        }
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Arg {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Arg {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u64> for Arg {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Arg {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sentence_is_read_in_both_languages_with_their_own_amounts() {
        let said = Said::new(
            "alert-payment-reversed-invoice",
            [("amount", Arg::money(55_500, "IDR")), ("held", Arg::word("alert-payment-reversed-goes-on"))],
        );
        let kept: Said = serde_json::from_value(serde_json::to_value(&said).unwrap()).unwrap();
        assert!(kept.say(Lang::Id).contains("Rp 55.500"), "{}", kept.say(Lang::Id));
        assert!(kept.say(Lang::En).contains("IDR 55,500"), "{}", kept.say(Lang::En));
    }

    #[test]
    fn numbers_are_written_as_people_write_them_and_lines_stand_below_each_other() {
        assert_eq!(Arg::from(12_345_u64).in_words("size", Lang::Id), "12.345");
        assert_eq!(Arg::from(12_345_u64).in_words("n", Lang::Id), "12345");
        let two = Arg::Lines(vec![Said::plain("action-save"), Said::plain("no-such-sentence")]);
        assert_eq!(
            two.in_words("what", Lang::En),
            format!("{}\n⟦no-such-sentence⟧", locale::t(Lang::En, "action-save"))
        );
    }
}
