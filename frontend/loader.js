// Starts the page's code. A file of our own, since the server's policy allows no inline script; the build writes
// the names of the two files to start into the document.
const { js, wasm } = document.querySelector('meta[name="confab-page"]').dataset;
try {
  const started = await (await import(js)).default({ module_or_path: wasm });
  // The development server's reload waits for it.
  dispatchEvent(new CustomEvent("TrunkApplicationStarted", { detail: { wasm: started } }));
} catch (error) {
  console.error(error);
  document.querySelector(".boot")?.classList.add("stopped");
  document.querySelector(".boot-failed")?.removeAttribute("hidden");
}
