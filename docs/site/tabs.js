// SPDX-License-Identifier: Apache-2.0
// Makes tabs of the languages that follow each other; a choice is for the whole page, and kept.
(() => {
  const kept = (() => { try { return localStorage.getItem('language'); } catch { return null; } })();
  const groups = [];
  for (const part of document.querySelectorAll('.language')) {
    const before = part.previousElementSibling;
    if (before?.classList.contains('languages')) {
      before.append(part);
      continue;
    }
    const group = document.createElement('div');
    group.className = 'languages';
    group.append(document.createElement('nav'));
    part.before(group);
    group.append(part);
    groups.push(group);
  }
  const choose = (name) => {
    for (const group of groups) {
      const parts = [...group.querySelectorAll('.language')];
      const shown = parts.find((part) => part.dataset.name === name) ?? parts[0];
      for (const part of parts) part.hidden = part !== shown;
      for (const button of group.querySelectorAll('nav button')) {
        button.setAttribute('aria-selected', button.textContent === shown.dataset.name);
      }
    }
  };
  for (const group of groups) {
    for (const part of group.querySelectorAll('.language')) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = part.dataset.name;
      button.addEventListener('click', () => {
        choose(part.dataset.name);
        try { localStorage.setItem('language', part.dataset.name); } catch { /* private browsing */ }
      });
      group.querySelector('nav').append(button);
    }
  }
  choose(kept ?? 'C++');
})();
