// Passkeys and copying: all that forms alone cannot do. A form with data-passkey asks the browser
// for what its ticket is about, puts the answer into its fields and goes on as any form does.

const { PublicKeyCredential: maker } = window as any;
const known = maker?.parseRequestOptionsFromJSON && maker?.parseCreationOptionsFromJSON && navigator.credentials;

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
  if (!known) continue;
  form.hidden = false;
  document.querySelector("[data-nopasskey]")?.remove();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void vouch(form);
  });
}

async function vouch(form: HTMLFormElement) {
  const { passkey, options, failed } = form.dataset;
  const fault = form.querySelector(".fault")!;
  fault.textContent = "";
  try {
    const answer = await fetch(options!, { method: "POST" });
    if (answer.redirected) return location.assign(answer.url); // prove who you are first
    if (!answer.ok) throw answer.status;
    const asked = await answer.json();
    const made: any = passkey == "create"
      ? await navigator.credentials.create({ publicKey: maker.parseCreationOptionsFromJSON(asked.options) })
      : await navigator.credentials.get({ publicKey: maker.parseRequestOptionsFromJSON(asked.options) });
    field(form, "ticket").value = asked.ticket;
    field(form, "answer").value = JSON.stringify(made);
    form.submit();
  } catch {
    fault.textContent = failed!;
  }
}

const field = (form: HTMLFormElement, name: string) => form.elements.namedItem(name) as HTMLInputElement;

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy!)!.textContent!);
    button.nextElementSibling!.textContent = button.dataset.copied!;
  });
}
