//! Amounts in words, as receipts say them (Indonesian *terbilang*). Pure.
use super::locale::Lang;

const ONES_ID: [&str; 12] =
    ["", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas"];
const ONES_EN: [&str; 20] = [
    "",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS_EN: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
/// Names of the groups of three digits, from the right.
const GROUPS_ID: [&str; 7] = ["", "ribu", "juta", "miliar", "triliun", "kuadriliun", "kuintiliun"];
const GROUPS_EN: [&str; 7] = ["", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion"];

/// `lima puluh lima ribu lima ratus rupiah` for 55.500; what is below zero begins with `minus`.
pub fn rupiah(amount: i64, lang: Lang) -> String {
    let words = number(amount.unsigned_abs(), lang);
    let sign = if amount < 0 { "minus " } else { "" };
    format!("{sign}{words} rupiah")
}

fn number(amount: u64, lang: Lang) -> String {
    if amount == 0 {
        return if lang == Lang::Id { "nol" } else { "zero" }.to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    for place in (0..GROUPS_ID.len()).rev() {
        let group = usize::try_from(amount / 1_000_u64.pow(u32::try_from(place).unwrap_or(0)) % 1_000).unwrap_or(0);
        if group == 0 {
            continue;
        }
        match lang {
            // One thousand is a word of its own, one million is not.
            Lang::Id if place == 1 && group == 1 => words.push("seribu".to_owned()),
            Lang::Id => words.extend([hundreds_id(group), GROUPS_ID[place].to_owned()]),
            Lang::En => words.extend([hundreds_en(group), GROUPS_EN[place].to_owned()]),
        }
    }
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

fn hundreds_id(group: usize) -> String {
    let rest = match group % 100 {
        few @ 0..12 => ONES_ID[few].to_owned(),
        teen @ 12..20 => format!("{} belas", ONES_ID[teen - 10]),
        many => format!("{} puluh {}", ONES_ID[many / 10], ONES_ID[many % 10]),
    };
    let hundreds = match group / 100 {
        0 => String::new(),
        1 => "seratus ".to_owned(),
        many => format!("{} ratus ", ONES_ID[many]),
    };
    format!("{hundreds}{rest}").trim().to_owned()
}

fn hundreds_en(group: usize) -> String {
    let rest = match group % 100 {
        few @ 0..20 => ONES_EN[few].to_owned(),
        many if many % 10 == 0 => TENS_EN[many / 10].to_owned(),
        many => format!("{}-{}", TENS_EN[many / 10], ONES_EN[many % 10]),
    };
    let hundreds = match group / 100 {
        0 => String::new(),
        many => format!("{} hundred ", ONES_EN[many]),
    };
    format!("{hundreds}{rest}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_said_as_people_say_them() {
        for (amount, id, en) in [
            (0, "nol rupiah", "zero rupiah"),
            (1, "satu rupiah", "one rupiah"),
            (11, "sebelas rupiah", "eleven rupiah"),
            (17, "tujuh belas rupiah", "seventeen rupiah"),
            (100, "seratus rupiah", "one hundred rupiah"),
            (121, "seratus dua puluh satu rupiah", "one hundred twenty-one rupiah"),
            (1_000, "seribu rupiah", "one thousand rupiah"),
            (1_100, "seribu seratus rupiah", "one thousand one hundred rupiah"),
            (11_000, "sebelas ribu rupiah", "eleven thousand rupiah"),
            (55_500, "lima puluh lima ribu lima ratus rupiah", "fifty-five thousand five hundred rupiah"),
            (201_000, "dua ratus satu ribu rupiah", "two hundred one thousand rupiah"),
            (1_001_000, "satu juta seribu rupiah", "one million one thousand rupiah"),
            (2_000_000_015, "dua miliar lima belas rupiah", "two billion fifteen rupiah"),
            (-40, "minus empat puluh rupiah", "minus forty rupiah"),
        ] {
            assert_eq!(rupiah(amount, Lang::Id), id);
            assert_eq!(rupiah(amount, Lang::En), en);
        }
    }

    proptest! {
        #[test]
        fn no_two_amounts_are_said_alike_and_no_word_is_empty(one in any::<i64>(), other in any::<i64>()) {
            for lang in Lang::ALL {
                prop_assert_eq!(one == other, rupiah(one, *lang) == rupiah(other, *lang));
                prop_assert!(!rupiah(one, *lang).contains("  "));
            }
        }
    }
}
