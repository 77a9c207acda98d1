// Starts the WASM. A file of its own, since the content security policy allows no inline script; the build writes the
// names of the two files to load into the document.
const boot = document.getElementById("boot");
const failed = boot.querySelector(".boot-failed");
// Without this script the document shows the failure by itself: see `.boot-failed` in base.css.
failed.hidden = true;
try {
  const { js, wasm, chat } = document.querySelector('meta[name="confab-page"]').dataset;
  // Who is signed in needs the chat at once; who is not sees a form first. A debug page has one module.
  for (const href of (isSignedIn() && chat?.split(" ")) || []) {
    document.head.append(Object.assign(document.createElement("link"), { rel: "preload", as: "fetch", crossOrigin: "", href }));
  }
  const started = await (await import(js)).default({ module_or_path: wasm });
  // The development server's reload waits for it.
  dispatchEvent(new CustomEvent("TrunkApplicationStarted", { detail: { wasm: started } }));
} catch (error) {
  console.error(error);
  boot.classList.add("stopped");
  failed.hidden = false;
}

function isSignedIn() {
  try {
    return [sessionStorage, localStorage].some((storage) => storage.getItem("confab.session"));
  } catch {
    // A browser may refuse its storage.
    return false;
  }
}
