// Asks for what every page of the dashboard begins with while its program is still being read.
// `src/live/api.ts` takes these answers in place of asking again.
{
  const asked = (window.bathyscopeAsked = {});
  const ask = (path) => {
    asked[path] = fetch(path, { credentials: 'same-origin' });
    asked[path].catch(() => {}); // who takes it hears of it
  };
  ask('/api/palettes');
  ask('/api/runs');
  const run = /^#\/run\/([^/?]+)/.exec(location.hash);
  if (run) ask(`/api/runs/${run[1]}`);
}
