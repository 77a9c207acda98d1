//! Setting up a second factor: the secret goes to the app, and a code comes back.

use confab_shared::api::{SecondFactorCode, SecondFactorSecret};
use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    i18n::{t, td_string},
    platform::{api, clipboard},
    session::use_session,
    ui::{
        code_field::{CodeField, without_gaps},
        form_error::FormErrorText,
        icon::Icon,
        icon_button::IconButton,
        submission::Submission,
    },
};

/// The empty edge that a reader of QR codes needs, in modules (ISO/IEC 18004).
const QUIET_ZONE: u32 = 4;

#[component]
pub(super) fn SetUp(secret: SecondFactorSecret, on_confirmed: Callback<Vec<String>>) -> impl IntoView {
    let session = use_session();
    let code = RwSignal::new(String::new());
    let form = Submission::new();
    let confirm = move |event: SubmitEvent| {
        event.prevent_default();
        let (token, code) = (session.token(), without_gaps(&code.get_untracked()));
        form.run(async move {
            let answer = api::accounts::confirm_second_factor(&token, &SecondFactorCode { code }).await?;
            on_confirmed.try_run(answer.codes);
            Ok(())
        });
    };
    let SecondFactorSecret { secret, uri, qr_size, qr_path } = secret;
    let grouped = in_groups(&secret);
    view! {
        <form class="dialog-form" on:submit=confirm novalidate>
            <p id="dialog-text" class="dialog-text">{t(|l| td_string!(l, second_factor.why))}</p>
            <svg
                class="qr"
                data-testid="second-factor-qr"
                role="img"
                viewBox=view_box(qr_size)
                aria-label=t(|l| td_string!(l, second_factor.qr))
            >
                <path d=qr_path></path>
            </svg>
            <p class="field-hint">{t(|l| td_string!(l, second_factor.type_it))}</p>
            <div class="secret">
                <code data-testid="second-factor-secret">{grouped}</code>
                <IconButton
                    icon=Icon::Copy
                    label=|l| td_string!(l, second_factor.copy)
                    on_press=move |()| clipboard::copy(&secret)
                />
            </div>
            <a class="button quiet wide" href=uri>{t(|l| td_string!(l, second_factor.open_app))}</a>
            <CodeField id="second-factor-code" value=code error=form.error/>
            <FormErrorText error=form.error testid="second-factor-error"/>
            <footer class="dialog-footer">
                <button
                    class="button"
                    type="submit"
                    data-testid="second-factor-confirm"
                    disabled=form.disabled_or(move || code.with(|code| code.trim().is_empty()))
                >
                    {t(|l| td_string!(l, second_factor.confirm))}
                </button>
            </footer>
        </form>
    }
}

/// The box of a QR code of some size with its quiet zone.
fn view_box(size: u32) -> String {
    let side = size.saturating_add(2 * QUIET_ZONE);
    format!("-{QUIET_ZONE} -{QUIET_ZONE} {side} {side}")
}

/// A secret in groups of four, as it is typed.
fn in_groups(secret: &str) -> String {
    let characters: Vec<char> = secret.chars().collect();
    characters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_has_a_quiet_zone_on_every_side() {
        assert_eq!(view_box(33), "-4 -4 41 41");
    }

    #[test]
    fn a_secret_is_typed_in_groups_of_four() {
        assert_eq!(in_groups("JBSWY3DPEHPK3PXP"), "JBSW Y3DP EHPK 3PXP");
        assert_eq!(in_groups("JBSWY"), "JBSW Y");
        assert_eq!(in_groups(""), "");
    }
}
