package shop;

import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Takes the money. */
public final class Payments {
    private static final Logger LOG = LogManager.getLogger(Payments.class);

    public static void main(String[] arguments) {
        for (String order : arguments) {
            LOG.info("order {} is paid", order);
        }
    }
}
