// Before and after: laid one over the other, the upper one as clear as the slider says.
document.querySelectorAll("[data-compare]").forEach((frame) => {
  const label = frame.nextElementSibling;
  const range = label.querySelector("input");
  const upper = frame.querySelector("figure:last-child");
  label.hidden = false;
  range.addEventListener("input", () => {
    frame.classList.toggle("is-over", range.value > 0);
    upper.style.setProperty("--clear", range.value / 100);
  });
});
