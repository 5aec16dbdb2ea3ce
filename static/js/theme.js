// Applied before the first paint: the chosen appearance, else what the system prefers.
(() => {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const stored = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const apply = () => {
    const choice = stored() ?? "auto";
    const dark = choice === "dark" || (choice === "auto" && system.matches);
    document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
    document.querySelectorAll("[data-theme-set]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.themeSet === choice));
    });
  };
  apply();
  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", apply);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-set]");
    if (!button) return;
    event.stopPropagation();
    try {
      if (button.dataset.themeSet === "auto") localStorage.removeItem("theme");
      else localStorage.setItem("theme", button.dataset.themeSet);
    } catch { /* private mode: the choice lasts for this page */ }
    apply();
  });
})();
