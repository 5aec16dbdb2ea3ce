// Before and after: side by side, or one laid over the other in one frame, the upper one as clear as the slider says.
document.querySelectorAll("[data-compare]").forEach((frame) => {
  const label = frame.nextElementSibling;
  const range = label.querySelector("input");
  const said = label.querySelector("output");
  const first = frame.querySelector("img");
  const tell = () => {
    const share = Number(range.value);
    frame.classList.toggle("is-over", share > 0);
    frame.style.setProperty("--clear", share / 100);
    said.textContent = share ? `${range.dataset.over} ${share} %` : range.dataset.beside;
    range.setAttribute("aria-valuetext", said.textContent);
  };
  frame.style.setProperty("--ratio", `${first.getAttribute("width")} / ${first.getAttribute("height")}`);
  label.hidden = false;
  range.addEventListener("input", tell);
  tell();
});
