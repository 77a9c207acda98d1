// Starts the page's code. A file of our own, since the server's policy allows no inline script; the build writes
// the names of the two files to start into the document.
const boot = document.getElementById("boot");
const failed = boot.querySelector(".boot-failed");
// The document says by itself that nothing came where not even this file does: see `.boot-failed` in base.css.
failed.hidden = true;
try {
  const { js, wasm } = document.querySelector('meta[name="confab-page"]').dataset;
  const started = await (await import(js)).default({ module_or_path: wasm });
  // The development server's reload waits for it.
  dispatchEvent(new CustomEvent("TrunkApplicationStarted", { detail: { wasm: started } }));
} catch (error) {
  console.error(error);
  boot.classList.add("stopped");
  failed.hidden = false;
}
