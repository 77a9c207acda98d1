//! The conformance suite: tests of every guarantee of storage, for every backend. A backend implements [`Backend`]
//! for its tests and calls [`conformance`](crate::storage::conformance::conformance) once.

pub(super) mod accounts;
pub(super) mod attachments;
pub(super) mod commands;
pub(super) mod consent;
pub(super) mod conversations;
pub(super) mod display_names;
pub(super) mod drafts;
mod equivalence;
pub(super) mod log;
pub(super) mod messages;
pub(super) mod read_positions;
pub(super) mod receipts;
pub(super) mod saved;
pub(super) mod search;
pub(super) mod shared;
pub(super) mod threads;
pub(super) mod users;
pub(super) mod world;

pub(super) use self::{
    equivalence::answers_as_the_reference_does, search::searches_find_what_a_plain_scan_finds, world::Backend,
};

/// A test for each promise, and the property test against the reference backend.
macro_rules! conformance {
    ($backend:ty) => {
        $crate::storage::conformance::conformance! {
            @tests $backend;
            users: a_user_is_made_once_and_found_by_key_and_prefix,
                a_name_is_claimed_once_and_opens_to_its_key,
                a_name_that_is_awaited_is_nobodys_until_somebody_comes,
                a_user_of_the_dialect_is_never_one_of_the_page,
                a_new_name_looks_like_no_other,
                a_password_opens_a_name_and_ends_other_sessions,
                a_session_lives_until_it_ends,
                when_a_user_was_last_seen_is_kept;
            display_names: a_display_name_is_kept_in_all_that_names_its_user,
                a_display_name_looks_like_no_other_users_name,
                people_are_found_and_listed_by_what_is_shown,
                an_account_may_begin_with_a_display_name,
                who_may_know_of_a_user_is_no_guest_or_shares_a_conversation;
            accounts: the_set_up_link_makes_one_owner,
                an_account_has_no_name_of_the_dialect,
                an_invitation_is_used_as_often_as_it_says,
                an_invitation_is_revoked_by_whose_it_is,
                an_account_is_changed_by_who_may,
                accounts_are_listed_by_name,
                sessions_are_of_devices_and_end,
                the_last_used_sessions_are_listed,
                a_second_factor_is_asked_for_once_it_is_confirmed,
                settings_are_kept;
            commands: seqs_are_gapless_and_acknowledged_in_order,
                a_retry_has_the_same_answer_and_no_second_event,
                an_id_that_belongs_to_another_command_is_refused,
                the_same_command_at_once_makes_one_event,
                only_members_at_the_time_of_the_commit_act,
                a_refused_command_leaves_nothing,
                one_command_that_is_refused_refuses_no_other,
                concurrent_batches_lose_double_and_reorder_nothing,
                a_closed_storage_takes_nothing_more;
            consent: who_is_asked_is_no_member_until_they_join,
                who_is_asked_is_notified_and_asked_once,
                a_declined_request_is_not_made_again_until_they_have_met,
                requests_are_bounded_and_end_with_their_group,
                one_asker_leaves_room_for_others,
                whether_a_user_is_asked_is_kept;
            conversations: a_direct_conversation_is_one_per_pair,
                a_group_begins_with_its_title_and_members,
                members_come_and_go_with_the_log,
                only_a_message_is_an_activity,
                a_group_is_found_by_its_title,
                a_topic_is_set_changed_and_removed,
                members_are_listed_by_page_and_found_by_prefix,
                who_takes_part_is_who_made_the_group_or_posted,
                the_list_is_read_by_part;
            log: pages_cover_the_log_from_either_side,
                what_is_not_ones_own_cannot_be_told_from_what_is_not;
            messages: a_message_is_read_as_it_is_now,
                an_edit_notifies_only_whom_no_text_mentioned_before,
                a_deleted_message_leaves_only_a_mark,
                a_deleted_message_is_in_no_count_and_no_preview,
                previews_stay_as_long_as_their_links,
                reactions_are_one_per_user_and_emoji_and_in_order,
                pins_are_listed_the_last_first,
                what_is_so_already_makes_no_event,
                a_refused_change_leaves_the_message_as_it_is,
                pages_are_counted_in_items;
            read_positions: a_position_moves_forward_to_the_head_at_most,
                who_has_read_all_has_read_their_own_message,
                a_position_moves_on_over_own_messages,
                unread_mentions_are_kept_until_they_are_read,
                a_mention_of_all_is_unread_for_all_but_its_author,
                a_mention_of_those_online_is_unread_for_them_alone,
                what_is_marked_as_unread_is_unread_with_its_mentions,
                the_two_furthest_say_how_far_the_others_have_read,
                only_who_takes_part_shows_how_far_they_have_read,
                who_joins_has_nothing_unread;
            threads: a_reply_quotes_a_message_as_it_is_now,
                a_reply_of_a_thread_counts_nowhere_else,
                what_a_reply_may_be_of,
                a_root_shows_its_replies,
                who_takes_part_in_a_thread_follows_it,
                a_thread_is_followed_and_read_by_itself,
                nothing_is_unread_where_a_root_is_deleted,
                who_leaves_meanwhile_follows_nothing,
                threads_are_listed_the_newest_reply_first;
            drafts: a_draft_is_changed_by_whoever_knows_its_version,
                drafts_are_listed_where_one_is_a_member,
                a_thread_has_a_draft_of_its_own,
                there_are_only_so_many_drafts;
            receipts: who_has_read_a_message_is_listed_where_they_take_part_and_share_it,
                who_does_not_share_read_positions_gives_no_receipts,
                who_never_shared_read_positions_shows_none;
            saved: messages_are_saved_and_listed_the_last_first,
                only_so_many_messages_are_saved,
                messages_are_read_by_conversation_and_seq;
            attachments: an_upload_becomes_an_attachment,
                a_message_takes_attachments_of_its_authors_once,
                the_pictures_of_previews_go_with_them,
                a_list_says_what_the_newest_message_has,
                a_text_is_removed_only_beside_attachments,
                a_deleted_message_lets_go_of_its_blobs,
                a_condemned_blob_is_claimed_once_it_is_forgotten,
                only_who_is_in_the_conversation_sees_an_attachment,
                a_copy_is_an_attachment_of_its_own,
                files_are_limited_and_go_when_nobody_sends_them,
                the_key_of_links_stays;
            search: messages_are_found_by_words_parts_and_filters,
                messages_are_found_by_their_files,
                what_messages_say_now_is_found,
                only_what_one_may_see_is_found,
                pages_have_every_hit_once_and_the_newest_first_in_a_conversation,
                an_index_goes_on_where_it_was_and_is_built_again;
            shared: a_user_is_online_while_connected_to_any_node,
                the_people_of_a_dead_node_go_once,
                what_changed_is_found_by_the_nodes_people,
                moved_read_positions_are_found_by_those_who_see_them,
                who_moved_in_threads_is_found_by_their_node,
                missed_events_come_with_the_members_of_now,
                users_are_read_as_they_are_now,
                ended_sessions_are_found;
        }

        #[test]
        fn answers_as_the_reference_does() {
            if <$backend as $crate::storage::conformance::Backend>::is_installed() {
                $crate::storage::conformance::answers_as_the_reference_does::<$backend>();
            }
        }

        #[test]
        fn searches_find_what_a_plain_scan_finds() {
            if <$backend as $crate::storage::conformance::Backend>::is_installed() {
                $crate::storage::conformance::searches_find_what_a_plain_scan_finds::<$backend>();
            }
        }
    };
    (@tests $backend:ty; $($module:ident: $($test:ident),*;)*) => {
        $(
            mod $module {
                use super::*;

                $(
                    #[tokio::test]
                    async fn $test() {
                        if <$backend as $crate::storage::conformance::Backend>::is_installed() {
                            $crate::storage::conformance::$module::$test::<$backend>().await;
                        }
                    }
                )*
            }
        )*
    };
}
pub(super) use conformance;
