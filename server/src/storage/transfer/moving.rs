//! Moves everything from a source to a target.

use anyhow::{Context, bail};

use super::{
    Export, Import, Marker, Section, Step, TargetState,
    digest::{self, Digests},
};

/// Moves everything, so many records at a time, or the rest of it where a move was interrupted; and answers what was
/// compared.
///
/// # Errors
/// Where a storage fails, the target has data, the source is another one than that of the interrupted move, or the two
/// differ in the end: no server opens the target then.
pub async fn move_all(
    source: &dyn Export,
    target: &dyn Import,
    page: usize,
    report: &mut (dyn FnMut(Step) + Send),
) -> anyhow::Result<Digests> {
    let mut counts = Vec::new();
    for section in Section::ALL {
        let count = source.count(section).await.context("failed to read the source")?;
        counts.push((section, count));
    }
    let marker = match target.state().await.context("failed to read the target")? {
        TargetState::Empty => {
            let marker = Marker { source: counts.clone(), section: Section::ALL[0], after: None };
            target.begin(&marker).await.context("failed to begin at the target")?;
            marker
        }
        TargetState::Interrupted(marker) if marker.source == counts => {
            report(Step::Resumed(marker.section));
            *marker
        }
        TargetState::Interrupted(_) => bail!(
            "a move to the target was interrupted, and its source was another one, or has changed since: empty the \
             target and begin again"
        ),
        TargetState::Used => bail!("the target has data already: it has to be empty"),
    };
    move_rest(source, target, marker, page, report).await?;
    let digests = digest::compare(source, target, page, report).await?;
    target.finish().await.context("failed to finish at the target")?;
    Ok(digests)
}

async fn move_rest(
    source: &dyn Export,
    target: &dyn Import,
    mut marker: Marker,
    limit: usize,
    report: &mut (dyn FnMut(Step) + Send),
) -> anyhow::Result<()> {
    let begun = marker.section;
    for (section, total) in marker.source.clone() {
        if section < begun {
            continue;
        }
        if section > begun {
            marker.after = None;
        }
        marker.section = section;
        let mut moved = 0;
        loop {
            let page = source.page(section, marker.after.as_ref(), limit).await;
            let page = page.with_context(|| format!("failed to read {section} from the source"))?;
            let Some(last) = page.last() else { break };
            marker.after = Some(last.clone());
            moved += page.len() as u64;
            let written = target.import(page, &marker).await;
            written.with_context(|| format!("failed to write {section} to the target"))?;
            report(Step::Moved(section, moved, total));
        }
    }
    Ok(())
}
