// Seeing and following what happens.
#pragma once

namespace cart::watch {

// Begins to watch calls and to follow transactions. Called once, when the library is loaded.
void begin();

}  // namespace cart::watch
