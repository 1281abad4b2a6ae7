// Asks for what every page of the dashboard begins with while its program is still being read.
// `src/live/api.ts` takes these answers in place of asking again.
{
  const asked = (window.bathyscopeAsked = {});
  const ask = (path, read = (answer) => answer) => {
    asked[path] = fetch(path, { credentials: 'same-origin' }).then(read);
    asked[path].catch(() => {}); // who takes it hears of it
  };
  ask('/api/palettes');
  ask('/api/runs');
  const [, run, room, query] = /^#\/run\/([^/?]+)\/?([^?]*)(.*)/.exec(location.hash) ?? [];
  // Where the reader chose an order, a step or other runs, only the program knows what comes first.
  if (run) ask(`/api/runs/${run}`, query || readLayout() ? undefined : askForPictures);

  function readLayout() {
    try {
      return localStorage.getItem('bathyscope.layout');
    } catch {
      return null;
    }
  }

  // The first two pictures of a room are in sight: `FIRST` in `src/live/EntryCard.svelte`.
  async function askForPictures(answer) {
    const text = await answer.text();
    if (answer.ok) {
      const { entries } = JSON.parse(text);
      const here = entries.filter(({ room: of, view }) => of === (room || entries[0].room) && view !== 'Metrics');
      // Charts come before those of a training.
      for (const { id, steps, fault } of here[0]?.room === 'loss' ? [] : here.slice(0, 2)) {
        const path = `/api/runs/${run}/figures/${encodeURIComponent(id)}`;
        if (!fault) ask(steps.length ? `${path}?step=${steps.at(-1)}` : path, whole);
      }
    }
    return new Response(text, answer);
  }

  // What nobody reads stays on its way: a million points are read before they are asked for.
  async function whole(answer) {
    const bytes = answer.ok && (await answer.arrayBuffer());
    if (bytes) answer.arrayBuffer = async () => bytes; // a Response made of them copies them twice
    return answer;
  }
}
