//! Words people read, in Indonesian and English, from `locales/{id,en}/*.ftl` (compiled in).
use fluent_templates::{
    LanguageIdentifier, Loader,
    fluent_bundle::{FluentValue, types::FluentNumber},
    langid,
};
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fmt::Display,
    sync::{PoisonError, RwLock},
};

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "id",
        // The marks around arguments help mixed-direction text; ours is left to right, and people copy numbers.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static ID: LanguageIdentifier = langid!("id");
static EN: LanguageIdentifier = langid!("en");

/// A language of the product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Indonesian, the default.
    #[default]
    Id,
    /// English.
    En,
}

impl Lang {
    /// Every language, in the order of menus.
    pub const ALL: &'static [Lang] = &[Lang::Id, Lang::En];

    /// The code stored, and used in `lang=` and folder names.
    pub fn code(self) -> &'static str {
        match self {
            Lang::Id => "id",
            Lang::En => "en",
        }
    }

    /// The language's name in itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Lang::Id => "Bahasa Indonesia",
            Lang::En => "English",
        }
    }

    /// Of a text in both languages the one in this.
    pub fn of<'a>(self, indonesian: &'a str, english: &'a str) -> &'a str {
        match self {
            Lang::Id => indonesian,
            Lang::En => english,
        }
    }

    /// The language of a code such as `en`, `en-GB` or `id_ID`; `None` for one we do not speak.
    pub fn parse(code: &str) -> Option<Self> {
        let primary = code.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.iter().copied().find(|lang| lang.code().eq_ignore_ascii_case(primary))
    }

    /// The first language of an `Accept-Language` header that we speak. Quality values are taken as sorted, which
    /// browsers do.
    pub fn accepted(header: &str) -> Option<Self> {
        header.split(',').find_map(|range| Self::parse(range.split(';').next().unwrap_or_default()))
    }

    fn identifier(self) -> &'static LanguageIdentifier {
        match self {
            Lang::Id => &ID,
            Lang::En => &EN,
        }
    }
}

/// Sentences without arguments, as they were put together the first time: a page asks for hundreds of them. It holds
/// only keys that exist, so it cannot outgrow `locales/`.
static PLAIN: RwLock<BTreeMap<Lang, HashMap<String, String>>> = RwLock::new(BTreeMap::new());

/// The sentence behind `key`. A missing key gives `⟦key⟧`, which the page checks refuse.
pub fn t(lang: Lang, key: &str) -> String {
    let known = PLAIN.read().unwrap_or_else(PoisonError::into_inner).get(&lang).and_then(|all| all.get(key).cloned());
    known.unwrap_or_else(|| {
        let sentence = look_up(lang, key, None);
        if exists(lang, key) {
            let mut plain = PLAIN.write().unwrap_or_else(PoisonError::into_inner);
            plain.entry(lang).or_default().insert(key.to_owned(), sentence.clone());
        }
        sentence
    })
}

/// The sentence behind `key` with arguments filled in. An argument named `n` is a number and may choose the plural.
pub fn ta<V: Display>(lang: Lang, key: &str, args: &[(&'static str, V)]) -> String {
    let args = args.iter().map(|(name, value)| (Cow::Borrowed(*name), argument(name, &value.to_string()))).collect();
    look_up(lang, key, Some(&args))
}

/// The word people read for a stored word of a family: `word(lang, "cycle", "monthly")`. One that ends with a number and
/// has no word of its own is told by that of what stands before, with the number as `n`: `days_10` by `cycle-days`.
pub fn word(lang: Lang, family: &str, word: &str) -> String {
    numbered(lang, family, word).unwrap_or_else(|| t(lang, &key_of(family, word)))
}

/// The same, where there is one.
pub fn known_word(lang: Lang, family: &str, word: &str) -> Option<String> {
    let key = key_of(family, word);
    numbered(lang, family, word).or_else(|| exists(lang, &key).then(|| t(lang, &key)))
}

fn numbered(lang: Lang, family: &str, word: &str) -> Option<String> {
    let (stem, number) = word.rsplit_once('_').and_then(|(stem, n)| Some((stem, n.parse::<u32>().ok()?)))?;
    let key = key_of(family, stem);
    let is_told_so = !exists(lang, &key_of(family, word)) && exists(lang, &key);
    is_told_so.then(|| ta(lang, &key, &[("n", number)]))
}

fn key_of(family: &str, word: &str) -> String {
    format!("{family}-{}", word.replace('_', "-"))
}

/// As [`ta`], where the names of the arguments were kept with them.
pub(super) fn tm(lang: Lang, key: &str, args: BTreeMap<String, String>) -> String {
    let args = args.into_iter().map(|(name, value)| {
        let value = argument(&name, &value);
        (Cow::Owned(name), value)
    });
    look_up(lang, key, Some(&args.collect()))
}

/// Whether there is a sentence behind `key`, whatever arguments it takes.
pub fn exists(lang: Lang, key: &str) -> bool {
    match LOCALES.lookup_single_language::<&str>(lang.identifier(), key, None) {
        Ok(_) => true,
        // The type of this error has no public name; its words do, and a test holds on to them.
        Err(error) => error.to_string().starts_with("Fluent errors"),
    }
}

fn look_up(lang: Lang, key: &str, args: Option<&HashMap<Cow<'static, str>, FluentValue<'_>>>) -> String {
    LOCALES
        .lookup_single_language(lang.identifier(), key, args)
        .ok()
        .or_else(|| LOCALES.try_lookup_complete(&ID, key, args))
        .unwrap_or_else(|| format!("⟦{key}⟧"))
}

fn argument(name: &str, text: &str) -> FluentValue<'static> {
    match text.parse::<u32>() {
        Ok(number) if name == "n" => FluentValue::Number(FluentNumber::from(number)),
        _ => FluentValue::String(text.to_owned().into()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use entity::value::*;
    use fluent_templates::fluent_bundle::FluentResource;
    use std::{collections::BTreeSet, fs, path::Path};

    /// Keys of a language; panics on a file that does not parse and on a key that is written twice.
    pub(crate) fn keys(lang: Lang) -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(lang.code());
        let mut keys = BTreeSet::new();
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            FluentResource::try_new(text.clone()).unwrap_or_else(|(_, errors)| panic!("{path:?}: {errors:?}"));
            for line in text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic())) {
                let key = line.split('=').next().unwrap().trim().to_owned();
                assert!(keys.insert(key.clone()), "{key} is written twice in {}", lang.code());
            }
        }
        keys
    }

    #[test]
    fn a_sentence_with_arguments_is_there_without_them() {
        assert!(exists(Lang::Id, "field-too-short") && exists(Lang::En, "field-too-short"));
        assert!(exists(Lang::Id, "action-save") && !exists(Lang::Id, "no-such-sentence"));
    }

    #[test]
    fn both_languages_have_exactly_the_same_keys() {
        let (indonesian, english) = (keys(Lang::Id), keys(Lang::En));
        let only_id: Vec<_> = indonesian.difference(&english).collect();
        let only_en: Vec<_> = english.difference(&indonesian).collect();
        assert!(only_id.is_empty() && only_en.is_empty(), "only in id: {only_id:?}; only in en: {only_en:?}");
    }

    #[test]
    fn every_state_has_a_word() {
        let known = keys(Lang::Id);
        let mut missing = Vec::new();
        let mut need = |family: &str, word: &str| {
            let key = format!("{family}-{}", word.replace('_', "-"));
            missing.extend((!known.contains(&key)).then_some(key));
        };
        macro_rules! families {
            ($($family:literal: $type:ident),* $(,)?) => {$( for state in $type::ALL { need($family, state.as_str()); } )*};
        }
        families! {
            "user-status": UserStatus, "grant": Grant, "customer-status": CustomerStatus, "product-kind": ProductKind,
            "purchase-policy": PurchasePolicy, "order-status": OrderStatus, "quote-status": QuoteStatus, "reservation-status": ReservationStatus,
            "invoice-status": InvoiceStatus, "invoice-status": InvoiceDisplay, "invoice-kind": InvoiceKind,
            "vat-collector": VatCollector, "withholding-status": WithholdingStatus,
            "payment-status": PaymentStatus, "payment-purpose": PaymentPurpose, "refund-status": RefundStatus,
            "gateway-event-status": GatewayEventStatus, "unallocated-status": UnallocatedStatus, "difference-status": DifferenceStatus, "dispute-status": DisputeStatus,
            "import-kind": ImportKind, "import-status": ImportStatus, "import-verdict": ImportVerdict,
            "settlement-status": SettlementStatus, "settlement-line-status": SettlementLineStatus, "subscription-status": SubscriptionStatus,
            "subscription-cycle-status": SubscriptionCycleStatus, "instance-status": InstanceStatus, "health": Health,
            "task-action": TaskAction, "task-status": TaskStatus, "step-status": StepStatus,
            "target-status": TargetStatus, "drain-status": DrainStatus, "hold-reason": HoldReason, "message-status": MessageStatus,
            "job-status": JobStatus, "saga-status": SagaStatus, "approval-status": ApprovalStatus,
            "wallet-transaction-type": WalletTransactionType, "wallet-payout-status": WalletPayoutStatus, "plan-change-status": PlanChangeStatus, "ledger-account-kind": LedgerAccountKind,
        }
        for cycle in Cycle::NAMED.into_iter().map(Cycle::as_str).chain(["days"]) {
            need("cycle", cycle);
            need("per-cycle", cycle);
        }
        assert!(missing.is_empty(), "missing: {missing:?}");
    }

    #[test]
    fn browsers_get_the_first_language_we_speak() {
        assert_eq!(Lang::accepted("fr-CH, en-GB;q=0.9, id;q=0.8"), Some(Lang::En));
        assert_eq!(Lang::accepted("id_ID"), Some(Lang::Id));
        assert_eq!(Lang::accepted("fr, *"), None);
    }

    #[test]
    fn a_number_chooses_the_plural_and_text_stays_as_it_is() {
        assert_eq!(ta(Lang::En, "ago-minutes", &[("n", 1)]), "1 minute ago");
        assert_eq!(ta(Lang::En, "ago-minutes", &[("n", 5)]), "5 minutes ago");
        assert_eq!(ta(Lang::Id, "ago-minutes", &[("n", 5)]), "5 menit lalu");
    }

    #[test]
    fn a_stored_word_with_a_number_is_told_with_the_number() {
        assert_eq!(word(Lang::En, "cycle", "one_time"), "One-time");
        assert_eq!(word(Lang::En, "cycle", "days_10"), "Every 10 days");
        assert_eq!(word(Lang::En, "per-cycle", "days_1"), "per day");
        assert_eq!(word(Lang::Id, "cycle", "days_10"), "Tiap 10 hari");
        assert_eq!(word(Lang::Id, "per-cycle", "days_10"), "per 10 hari");
        assert_eq!(known_word(Lang::Id, "cycle", "weeks_2"), None);
        assert_eq!(word(Lang::Id, "cycle", "weeks_2"), "⟦cycle-weeks-2⟧");
    }

    #[test]
    fn a_missing_key_shows_itself() {
        assert_eq!(t(Lang::En, "no-such-key"), "⟦no-such-key⟧");
    }
}
