/** Carries the selection between the pages of one widget and the kernel. `widget.py` explains. */

/** Everything a page sends bears the widget's token; what it sends first makes it known. */
function follow(model) {
  const pages = new Set();
  const send = (page) =>
    page.postMessage({ bathyscope: model.get('token'), selection: model.get('selection'), theme: theme() }, '*');
  const hear = ({ source, data }) => {
    if (!source || !data || data.bathyscope !== model.get('token')) return;
    pages.add(source);
    if (data.hello) send(source);
    if (!data.selection) return;
    model.set('selection', data.selection);
    model.save_changes();
  };
  const tell = () => pages.forEach(send);
  window.addEventListener('message', hear);
  model.on('change:selection', tell);
  return () => {
    window.removeEventListener('message', hear);
    model.off('change:selection', tell);
  };
}

/** Light or dark, where the notebook says so; otherwise the page asks the system. */
function theme() {
  const { jpThemeLight, vscodeThemeKind } = document.body.dataset;
  if (jpThemeLight) return jpThemeLight === 'true' ? 'light' : 'dark';
  if (vscodeThemeKind) return /dark|contrast$/.test(vscodeThemeKind) ? 'dark' : 'light';
  return undefined;
}

/** In a layout of widgets: the page in a frame, cut off from the notebook but for these messages. */
function render({ model, el }) {
  const frame = document.createElement('iframe');
  frame.title = 'bathyscope';
  frame.setAttribute('sandbox', 'allow-scripts allow-downloads');
  frame.style.cssText = 'width:100%;height:560px;border:0';
  const show = (content) => {
    if (content?.page) frame.srcdoc = content.page;
  };
  model.on('msg:custom', show);
  el.append(frame);
  model.send({ ask: 'page' });
  return () => model.off('msg:custom', show);
}

export default { initialize: ({ model }) => follow(model), render };
