// A choice that is a whole form (the location of a page) is sent when it is made; without a script its button sends it.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

// On a narrow screen the list that is open comes into sight in its row of tabs.
document.querySelector(".tab-bar [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
