// Starts the WASM. A file of its own, since the content security policy allows no inline script; the build writes the
// names of the two files to load into the document.
const boot = document.getElementById("boot");
const failed = boot.querySelector(".boot-failed");
// Without this script the document shows the failure by itself: see `.boot-failed` in base.css.
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
